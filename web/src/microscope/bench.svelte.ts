import { getContext, setContext } from "svelte";
import type {
  ArithmeticAnswer,
  ChannelAnswer,
  ContributionsAnswer,
  Frame,
  HeldPicture,
  HistogramAnswer,
  Networks,
  NetworkWhole,
  PredictionAnswer,
  RibbonAnswer,
  Visualisation,
} from "../answers";
import type { ReportMap } from "../data";
import type { NetworkUnit } from "../evidence";
import { aimKey, depthOf, fromAddress, isStep, outwards, toAddress, type Address, type Aim } from "../lib/address";
import { Asked } from "../lib/asked.svelte";
import { neighbour, stageOf, type Sheet } from "../lib/channels";
import { askFile, askJson, listen, Problem, query, wait } from "../lib/client";
import { download, fileName, wellFormed } from "../lib/files";
import { fetchGlow, fetchMap, fetchPushes, fetchSeen, fetchSheet, fetchSums, type Push } from "./fetching";

/** So many sheets stay decoded: going back to one needs no time. */
const SHEETS = 8;
/** A channel is looked at so long before the network is asked what it wants. */
const DWELL = 700;
/** The address follows a slider at this distance: browsers refuse to be told at every step. */
const QUIET = 200;

/** Where one stands, and everything that was asked of the server for it. */
export class Bench {
  address: Address = $state(fromAddress(location.hash));

  networks = new Asked<Networks>();
  whole = new Asked<NetworkWhole>();
  held = new Asked<HeldPicture>();
  seen = new Asked<HTMLImageElement>();
  prediction = new Asked<PredictionAnswer>();
  ribbon = new Asked<RibbonAnswer>();
  map = new Asked<ReportMap>();
  beside = new Asked<ReportMap>();
  sheet = new Asked<Sheet>();
  contributions = new Asked<ContributionsAnswer>();
  channel = new Asked<ChannelAnswer>();
  pushes = new Asked<Push[]>();
  histogram = new Asked<HistogramAnswer>();
  wants = new Asked<Visualisation, Frame>();
  sum = new Asked<ArithmeticAnswer[]>();
  glow = new Asked<ReportMap>();
  upload = new Asked<HeldPicture>();
  saved = new Asked<true>();

  network = $derived.by(() => {
    const known = this.networks.value?.networks ?? [];
    return known.find((one) => one.id === this.address.model) ?? known[0] ?? null;
  });
  depth = $derived(depthOf(this.address));
  /** Address of the picture's answers, once it is known that the server holds it. */
  base = $derived(
    this.network && this.address.picture && this.held.of === heldAt(this.address.picture)
      ? `/api/networks/${this.network.id}/pictures/${encodeURIComponent(this.address.picture)}`
      : null,
  );
  target = $derived(this.address.aim ? aimKey(this.address.aim).replace("-", " - ") : null);
  /** What is aimed at: what was chosen, else the strongest class. */
  aim: Aim | null = $derived.by(() => {
    const best = this.prediction.value?.classes[0];
    return this.address.aim ?? (best ? { index: best.index, against: null } : null);
  });
  /** The methods that the network can be looked at with. */
  lenses = $derived(
    (this.whole.value?.methods ?? [])
      .filter((method) => method.applies)
      .map((method) => ({ key: method.key, label: method.title, group: method.family })),
  );
  stage = $derived(
    this.whole.value ? stageOf(this.whole.value.layers, this.whole.value.stages, this.address.layer) : -1,
  );
  /** The sheet of the layer that the address names; null while another one's is still there. */
  open = $derived(this.sheet.value?.answer.layer === this.address.layer ? this.sheet.value : null);

  #sheets = new Map<string, Sheet>();
  #timer = 0;

  /** Asks whatever the address needs; to be called while a component is set up. */
  follow(): void {
    $effect(() => this.networks.ask("/api/networks", (signal) => askJson("/api/networks", { signal })));
    $effect(() => {
      const path = this.network && `/api/networks/${this.network.id}`;
      this.whole.ask(path, (signal) => askJson(path!, { signal }));
    });
    $effect(() => {
      const path = this.address.picture && heldAt(this.address.picture);
      this.held.ask(path, (signal) => askJson(path!, { signal }));
    });
    $effect(() => this.#json(this.prediction, this.base && query(`${this.base}/prediction`, { top: 5 })));
    $effect(() => {
      const { base } = this;
      this.seen.ask(base, (signal) => fetchSeen(base!, signal));
    });
    $effect(() => this.#json(this.ribbon, this.base && `${this.base}/ribbon`));
    $effect(() => this.#askMap(this.map, this.address.lens));
    $effect(() => this.#askMap(this.beside, this.depth === "picture" ? this.address.beside : null));
    $effect(() => this.#askSheet());
    $effect(() => {
      const { layer } = this.address;
      const path = this.base && layer && query(`${this.base}/contributions`, { layer, target: this.target });
      this.#json(this.contributions, path);
    });
    $effect(() => this.#askChannel());
    $effect(() => this.#askPixel());
  }

  #json<T>(asked: Asked<T>, path: string | null, stays?: (before: string) => boolean): void {
    asked.ask(path, (signal) => askJson<T>(path!, { signal }), stays);
  }

  #askMap(map: Asked<ReportMap>, lens: string | null): void {
    const { base, target } = this;
    const methods = this.whole.value?.methods;
    const method = methods?.find((one) => one.key === lens);
    if (!base || !methods || lens === null) return map.ask(null, never);
    if (!method) return map.ask(`no ${lens}`, () => Promise.reject(new Problem("method", `There is no lens ${lens}.`)));
    const answer = (signal: AbortSignal, asked: Asked<ReportMap>) =>
      fetchMap(base, method, target, signal, (now) => (asked.progress = now));
    // For a moment, the lens before may stay on the same picture.
    map.ask(query(`${base}/map`, { lens, target }), answer, (before) => method.quick && before.startsWith(`${base}/`));
  }

  #askSheet(): void {
    const { base } = this;
    const { layer } = this.address;
    if (!base || layer === null) return this.sheet.ask(null, never);
    const path = query(`${base}/sheet`, { layer });
    this.sheet.ask(path, async (signal) => {
      const known = this.#sheets.get(path);
      if (known) return known;
      const sheet = await fetchSheet(base, layer, signal);
      this.#sheets.set(path, sheet);
      if (this.#sheets.size > SHEETS) this.#sheets.delete(this.#sheets.keys().next().value!);
      return sheet;
    });
  }

  #askChannel(): void {
    const { base } = this;
    const { layer, channel } = this.address;
    const here = base && layer !== null && channel !== null ? { layer, channel } : null;
    const sameLayer = (before: string) => layer !== null && before.includes(query("", { layer, channel: "" }));
    this.#json(this.channel, here && query(`${base}/channel`, here), sameLayer);
    this.#json(this.histogram, here && query(`${base}/histogram`, here), sameLayer);
    this.#askPushes(here !== null);
    this.#askWants();
  }

  /** The picture that drives the channel most, once it was looked at for a while. */
  #askWants(): void {
    const { layer, channel } = this.address;
    const objective = this.base && layer !== null && channel !== null ? `${layer}:${channel}` : null;
    const path =
      objective && query(`/api/networks/${this.network!.id}/visualise`, { objective, quality: "preview", seed: 0 });
    this.wants.ask(path, async (signal, asked) => {
      await wait(DWELL, signal);
      return listen<Visualisation, Frame>(path!, {
        signal,
        onprogress: (now) => (asked.progress = now),
        onframe: (frame) => (asked.frame = frame),
      });
    });
  }

  /** What each channel of the layer adds to each of the strongest classes: one answer serves all channels. */
  #askPushes(wanted: boolean): void {
    const classes = this.prediction.value?.classes;
    const { base } = this;
    const { layer } = this.address;
    const question = wanted && classes && `${base} ${layer} ${classes.map((one) => one.index).join()}`;
    this.pushes.ask(question || null, (signal) => fetchPushes(base!, layer!, classes!, signal), () => false);
  }

  #askPixel(): void {
    const { base } = this;
    const { layer, channel, row, column } = this.address;
    const layers = this.whole.value?.layers;
    const vector = this.open?.answer.rows === null;
    const placed = row !== null && column !== null;
    if (!base || !layers || layer === null || channel === null || !(placed || vector)) {
      this.sum.ask(null, never);
      this.glow.ask(null, never);
      return;
    }
    const unit: NetworkUnit = { layer, channel, row, column };
    this.sum.ask(`${base} ${JSON.stringify(unit)}`, (signal) => fetchSums(base, unit, layers, signal));
    const field = placed ? query(`${base}/receptive-field.bin`, { layer, row, column, channel }) : null;
    this.glow.ask(field, (signal) => fetchGlow(field!, signal));
  }

  /** Goes to another place, or looks differently at this one. */
  go(change: Partial<Address>): void {
    const before = $state.snapshot(this.address) as Address;
    const after = { ...before, ...change };
    this.address = after;
    clearTimeout(this.#timer);
    if (isStep(before, after)) history.pushState(null, "", `#${toAddress(after)}`);
    else this.#timer = setTimeout(() => history.replaceState(null, "", `#${toAddress(after)}`), QUIET);
  }

  /** What the address says, after the reader went back or wrote one. */
  read(): void {
    clearTimeout(this.#timer);
    this.address = fromAddress(location.hash);
  }

  /** The class that a channel of the open layer stands for: behind the last layer they are the classes. */
  labelOf(channel: number): string | null {
    const { labels, layers } = this.whole.value ?? { labels: [], layers: [] };
    const last = layers.findLast((one) => one.sheet && !one.container);
    const open = this.sheet.value?.answer;
    return open && open.layer === last?.name && open.channels === labels.length ? labels[channel] : null;
  }

  openLayer(layer: string | null): void {
    this.go({ layer, channel: null, row: null, column: null });
  }

  /** Another channel at the same place: one compares. */
  openChannel(channel: number): void {
    this.go({ channel });
  }

  openChannelAlone(channel: number | null): void {
    this.go({ channel, row: null, column: null });
  }

  openUnit(unit: NetworkUnit): void {
    this.go({ layer: unit.layer, channel: unit.channel, row: unit.row, column: unit.column });
  }

  up(): void {
    if (this.depth !== "picture") this.go(outwards(this.address));
  }

  /** The layer before, or the next one, among those with feature maps. */
  step(by: -1 | 1): void {
    const { layer } = this.address;
    const next = this.whole.value && neighbour(this.whole.value.layers, layer, by);
    if (next) this.openLayer(next);
  }

  /** A class as the target, or taken from the target; again, as before. */
  choose(index: number, contrast: boolean): void {
    const now = this.aim;
    if (!contrast || !now) return this.go({ aim: { index, against: null } });
    if (index === now.index) return;
    this.go({ aim: { index: now.index, against: now.against === index ? null : index } });
  }

  retryMap(): void {
    this.map.again();
    this.#askMap(this.map, this.address.lens);
  }

  retryBeside(): void {
    this.beside.again();
    this.#askMap(this.beside, this.address.beside);
  }

  retryWants(): void {
    this.wants.again();
    this.#askWants();
  }

  put(file: Blob, name: string): void {
    const limit = this.networks.value?.upload_bytes ?? Infinity;
    this.#hold(`${name} ${file.size} ${Date.now()}`, async (signal) => {
      if (file.size > limit) {
        const most = Math.floor(limit / 2 ** 20);
        throw new Problem("picture", `The file has ${(file.size / 2 ** 20).toFixed(1)} MiB. At most ${most} MiB are read.`);
      }
      const headers = { "Tapetum-Name": encodeURIComponent(wellFormed(name)) };
      return askJson<HeldPicture>("/api/pictures", { method: "POST", body: file, headers, signal });
    });
  }

  putSample(name: string): void {
    const path = `/api/samples/${encodeURIComponent(name)}`;
    this.#hold(`${path} ${Date.now()}`, (signal) => askJson<HeldPicture>(path, { method: "POST", signal }));
  }

  #hold(question: string, send: (signal: AbortSignal) => Promise<HeldPicture>): void {
    this.upload.ask(question, async (signal) => {
      const picture = await send(signal);
      this.held.give(heldAt(picture.id), picture);
      // The place stays: one sees the same channel on another picture.
      this.go({ picture: picture.id });
      return picture;
    });
  }

  /** The offline report of what is on the screen, as a download. */
  saveReport(): void {
    const { base } = this;
    if (!base) return;
    const path = query(`${base}/report.html`, { method: this.address.lens, target: this.target });
    this.saved.again();
    this.saved.ask(path, async (signal, asked) => {
      await listen(path, { signal, onprogress: (now) => (asked.progress = now) });
      download(await askFile(path, signal), `tapetum-${fileName(this.held.value?.name ?? "report")}.html`);
      return true;
    });
  }
}

function heldAt(picture: string): string {
  return `/api/pictures/${encodeURIComponent(picture)}`;
}

function never(): Promise<never> {
  return Promise.reject(new Error("nothing was asked"));
}

const KEY = Symbol("bench");

export function provideBench(): Bench {
  return setContext(KEY, new Bench());
}

export function useBench(): Bench {
  return getContext(KEY);
}

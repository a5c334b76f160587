import { getContext, setContext } from "svelte";
import type {
  ArithmeticAnswer,
  ChannelAnswer,
  ContributionsAnswer,
  Frame,
  HeldPicture,
  HistogramAnswer,
  MapAnswer,
  Networks,
  NetworkWhole,
  PredictionAnswer,
  RibbonAnswer,
  SheetAnswer,
  Visualisation,
} from "../answers";
import type { ReportMap } from "../data";
import type { NetworkUnit } from "../evidence";
import { aimKey, depthOf, fromAddress, isStep, outwards, toAddress, type Address, type Aim } from "../lib/address";
import { Asked } from "../lib/asked.svelte";
import { handedOn, placesOf, stageOf, strongest, type Sheet } from "../lib/channels";
import { askFile, askJson, askTensor, listen, Problem, query, wait } from "../lib/client";
import { loadImage } from "../lib/image";
import { spritePixels } from "../lib/sprite";

/** So many sheets stay decoded: going back to one needs no time. */
const SHEETS = 8;
/** A channel is looked at so long before the network is asked what it wants. */
const DWELL = 700;
/** So many operations after a sum are written out together. */
const CHAIN = 6;
/** So many terms of a sum are listed; the others are added up. */
const PARTS = 8;
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
  pushes = new Asked<{ label: string; index: number; values: number[] }[]>();
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
      const path = this.base && `${this.base}/seen.png`;
      this.seen.ask(path, async (signal) => {
        const url = URL.createObjectURL(await askFile(path!, signal));
        return loadImage(url).finally(() => URL.revokeObjectURL(url));
      });
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
    const words = { method: method.key, target };
    const path = query(`${base}/map`, words);
    const answer = async (signal: AbortSignal, asked: Asked<ReportMap>): Promise<ReportMap> => {
      const found = method.quick
        ? await askJson<MapAnswer>(path, { signal })
        : await listen<MapAnswer>(path, { signal, onprogress: (now) => (asked.progress = now) });
      const { values } = await askTensor(query(`${base}/map.bin`, words), signal);
      return { ...found, values, faithfulness: null };
    };
    // For a moment, the lens before may stay on the same picture.
    map.ask(path, answer, (before) => method.quick && before.startsWith(`${base}/`));
  }

  #askSheet(): void {
    const { base } = this;
    const { layer } = this.address;
    if (!base || layer === null) return this.sheet.ask(null, never);
    const path = query(`${base}/sheet`, { layer });
    this.sheet.ask(path, async (signal) => {
      const known = this.#sheets.get(path);
      if (known) return known;
      const numbers = askTensor(query(`${base}/sheet.bin`, { layer }), signal);
      numbers.catch(() => undefined);
      const answer = await askJson<SheetAnswer>(path, { signal });
      const [pixels, { values }] = await Promise.all([spritePixels(answer.sprite), numbers]);
      const sheet = { answer, pixels, values, places: placesOf(answer.shown) };
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
    const answer = (signal: AbortSignal) =>
      Promise.all(
        classes!.map(async ({ index, label }) => {
          const path = query(`${base}/contributions`, { layer, target: index });
          const { contributions } = await askJson<ContributionsAnswer>(path, { signal });
          return { index, label, values: contributions };
        }),
      );
    this.pushes.ask(question || null, answer, () => false);
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
    this.sum.ask(`${base} ${JSON.stringify(unit)}`, (signal) => this.#written(base, unit, layers, signal));
    const field = placed ? query(`${base}/receptive-field.bin`, { layer, row, column, channel }) : null;
    this.glow.ask(field, async (signal) => glowMap(await askTensor(field!, signal)));
  }

  /** One value written out, then what it is made of, down to the sum that begins it. */
  async #written(
    base: string,
    unit: NetworkUnit,
    layers: NetworkWhole["layers"],
    signal: AbortSignal,
  ): Promise<ArithmeticAnswer[]> {
    const cards: ArithmeticAnswer[] = [];
    for (let next: NetworkUnit | null = unit; next && cards.length < CHAIN; ) {
      const { layer, channel, row, column }: NetworkUnit = next;
      const path = query(`${base}/arithmetic`, { layer, channel, row, column, parts: PARTS });
      const card: ArithmeticAnswer = await askJson<ArithmeticAnswer>(path, { signal });
      cards.push(card);
      const part = handedOn(card.parts, card.rest.count, layers);
      next = part && strongest(part);
    }
    return cards;
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

  /** The layer that many steps on, among those with feature maps. */
  step(by: number): void {
    const sheets = this.whole.value?.layers.filter((one) => one.sheet && !one.container) ?? [];
    const next = sheets[sheets.findIndex((one) => one.name === this.address.layer) + by];
    if (next && this.address.layer !== null) this.openLayer(next.name);
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

export function download(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** What of a picture's name may stand in the name of a file. */
export function fileName(name: string): string {
  return name.replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N}_-]+/gu, "-").slice(0, 60) || "picture";
}

/** Lone surrogates, from names that are no text, cannot be sent. */
function wellFormed(name: string): string {
  return name.slice(0, 300).replace(/\p{Surrogate}/gu, "\ufffd");
}

/** What a place does see, as a map that lies on the picture. */
function glowMap({ sizes, values }: { sizes: number[]; values: Float32Array<ArrayBuffer> }): ReportMap {
  return {
    id: "glow",
    method: "glow",
    title: "What this place sees",
    target: { label: "this place", indices: [], kind: "custom" },
    layer: null,
    options: {},
    score: 0,
    residual: null,
    signed: false,
    quantity: "sensitivity",
    rows: sizes[0],
    columns: sizes[1],
    values,
    box: null,
    sentence: "",
    verdict: values.some((value) => value > 0) ? "map" : "zero",
    passes: "",
    seconds: 0,
    engine: "",
    faithfulness: null,
  };
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

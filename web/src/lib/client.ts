import { harmless } from "./document";
import { cutEvents } from "./events";
import { readTensor, type Tensor } from "./tensor";

/** What went wrong, as the server says it; `unreachable` where it says nothing. */
export class Problem extends Error {
  constructor(
    readonly kind: string,
    message: string,
    readonly id: string | null = null,
  ) {
    super(message);
  }
}

export interface Progress {
  what: string;
  done: number;
  total: number;
}

interface Request {
  signal?: AbortSignal;
  method?: "POST";
  body?: Blob;
  headers?: Record<string, string>;
}

export interface Listening<F> {
  signal?: AbortSignal;
  onprogress?: (progress: Progress) => void;
  onframe?: (frame: F) => void;
}

const PATIENCE = 8;
const LONGEST_WAIT = 5;

/** The server shares its time fairly between tabs: each has a name of its own. */
const client = crypto.getRandomValues(new Uint32Array(4)).join("-");

/** Parameters of an address; what is null is left out. */
export function query(path: string, parameters: Record<string, string | number | null>): string {
  const words = Object.entries(parameters)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return words.length > 0 ? `${path}?${words.join("&")}` : path;
}

async function send(path: string, { signal, method, body, headers }: Request): Promise<Response> {
  for (let tries = 1; ; tries++) {
    let response: Response;
    try {
      response = await fetch(path, {
        method: method ?? "GET",
        body,
        headers: { "Tapetum-Client": client, ...headers },
        signal,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Problem("unreachable", "The server does not answer. Is tapetum serve still running?");
    }
    if (response.ok) return response;
    if (response.status !== 429 || tries === PATIENCE) throw await problemOf(response);
    const seconds = Math.min(LONGEST_WAIT, Number(response.headers.get("Retry-After")) || 1);
    await wait(1000 * seconds, signal);
  }
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const { error } = harmless(await response.text()) as { error: { kind: string; message: string; id: string } };
    return new Problem(response.status === 401 ? "token" : error.kind, error.message, error.id);
  } catch {
    return new Problem("internal", `The server answered ${response.status} without a reason.`);
  }
}

/** Resolves after a while; rejects at once when it is no longer wanted. */
export function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

export async function askJson<T>(path: string, request: Request = {}): Promise<T> {
  const response = await send(path, request);
  return harmless(await response.text()) as T;
}

export async function askTensor(path: string, signal?: AbortSignal): Promise<Tensor> {
  const response = await send(path, { signal });
  return readTensor(await response.arrayBuffer());
}

export async function askFile(path: string, signal?: AbortSignal): Promise<Blob> {
  return (await send(path, { signal })).blob();
}

/** Asks for slow work and follows it; aborting the signal stops the work itself. */
export async function listen<T, F = never>(path: string, { signal, onprogress, onframe }: Listening<F>): Promise<T> {
  const response = await send(path, { signal, headers: { Accept: "text/event-stream" } });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Problem("unreachable", "The server broke off before the work was done. Ask again.");
    const { events, rest } = cutEvents(text + value);
    text = rest;
    for (const { name, data } of events) {
      const said = harmless(data);
      if (name === "done") {
        void reader.cancel();
        return said as T;
      }
      if (name === "failed") {
        const found = said as { error?: { kind: string; message: string; id: string } };
        const error = found.error ?? (said as { kind: string; message: string; id: string });
        throw new Problem(error.kind, error.message, error.id);
      }
      if (name === "progress") onprogress?.(said as Progress);
      if (name === "frame") onframe?.(said as F);
    }
  }
}

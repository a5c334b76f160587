const MINUS = "\u2212";

/** Three significant digits, with a true minus sign. */
export function number(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  let text: string;
  if (!Number.isFinite(value)) text = String(value);
  else if (size >= 1e6 || size < 1e-3) text = value.toExponential(1).replace("e+", "e");
  else if (size >= 1000) text = Math.round(value).toLocaleString("en-US");
  else text = value.toPrecision(3);
  return text.replaceAll("-", MINUS);
}

/** The same with a plus before what is positive. */
export function signed(value: number): string {
  return value > 0 ? `+${number(value)}` : number(value);
}

export function percent(share: number): string {
  if (share > 0 && share < 0.0005) return "< 0.1 %";
  return `${(100 * share).toFixed(1)} %`;
}

export function wholePercent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** Large counts as people say them: 4.7 M. */
export function millions(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)} G`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  if (value >= 1e3) return `${(value / 1e3).toFixed(1)} k`;
  return String(value);
}

export function duration(seconds: number): string {
  return seconds < 1 ? `${Math.max(1, Math.round(1000 * seconds))} ms` : `${seconds.toFixed(1)} s`;
}

/** Rows × columns, as 14² where both are the same. */
export function area(rows: number, columns: number): string {
  return rows === columns ? `${rows}²` : `${rows} × ${columns}`;
}

export function times(rows: number, columns: number): string {
  return `${rows} × ${columns}`;
}

/** `2026-01-31T12:00:00Z` as `2026-01-31 12:00 UTC`; anything else as it came. */
export function moment(iso: string): string {
  const parts = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::[\d.]+)?(?:Z|\+00:00)$/.exec(iso);
  return parts ? `${parts[1]} ${parts[2]} UTC` : iso;
}

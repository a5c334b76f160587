import type { Map as MapAnswer, Sheet as SheetAnswer } from "./api";

/** What the server answers, by the names that the page has for it. */
export type {
  Arithmetic as ArithmeticAnswer,
  Channel as ChannelAnswer,
  Contributions as ContributionsAnswer,
  HeldPicture,
  Histogram as HistogramAnswer,
  NetworkCard as NetworkWhole,
  Networks,
  Prediction as PredictionAnswer,
  Ribbon as RibbonAnswer,
} from "./api";
export type { MapAnswer, SheetAnswer };

/** One moment of a picture that is being made for a unit. */
export interface Frame {
  done: number;
  steps: number;
  score: number;
  /** Data URL. */
  picture: string;
}

/** The picture that was made. */
export interface Visualisation {
  objective: string;
  score: number;
  picture: string;
  steps: number;
  seconds: number;
  warning: string;
}

import "./styles/fonts.css";
import "./styles/page.css";
import { mount } from "svelte";
import Problem from "./components/Problem.svelte";
import Report from "./components/Report.svelte";
import { parseDocument } from "./lib/document";
import type { ReportDocument } from "./data";

const target = document.getElementById("app")!;

function read(): ReportDocument | Error {
  try {
    return parseDocument(document.getElementById("tapetum-data")?.textContent ?? "");
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const found = read();
if (found instanceof Error) mount(Problem, { target, props: { reason: found.message } });
else mount(Report, { target, props: { document: found } });

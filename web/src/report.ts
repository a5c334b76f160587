import "./styles/fonts.css";
import "./styles/page.css";
import { mount } from "svelte";
import Problem from "./components/Problem.svelte";
import Report from "./components/Report.svelte";
import { readDocument } from "./lib/document";
import type { ReportDocument } from "./data";

const target = document.getElementById("app")!;
const found = readDocument<ReportDocument>("tapetum-report/1");
if (found instanceof Error) mount(Problem, { target, props: { reason: found.message } });
else mount(Report, { target, props: { document: found } });

import "./styles/fonts.css";
import "./styles/page.css";
import { mount } from "svelte";
import FilmPage from "./components/FilmPage.svelte";
import Problem from "./components/Problem.svelte";
import { readDocument } from "./lib/document";
import type { FilmDocument } from "./filmed";

const target = document.getElementById("app")!;
const found = readDocument<FilmDocument>("tapetum-film-page/1");
const problem = { what: "film", again: 'film.save("film.html")' };
if (found instanceof Error) mount(Problem, { target, props: { reason: found.message, ...problem } });
else mount(FilmPage, { target, props: { document: found } });

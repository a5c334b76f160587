import "./styles/fonts.css";
import "./styles/page.css";
import { mount } from "svelte";
import Microscope from "./microscope/Microscope.svelte";

mount(Microscope, { target: document.getElementById("app")! });

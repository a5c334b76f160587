import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";
import { defineConfig } from "vitest/config";

// Attributes that Vite leaves on the inlined tags ask for network modes; inside a file they mean nothing.
function plainTags(): Plugin {
  return {
    name: "plain-tags",
    // After the plugin that inlines, which is itself last of the last.
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        for (const file of Object.values(bundle)) {
          if (file.type === "asset" && file.fileName.endsWith(".html")) {
            file.source = String(file.source).replace('<style rel="stylesheet" crossorigin>', "<style>");
          }
        }
      },
    },
  };
}

const PAGES = ["report", "film", "microscope"];

// One file per page: `vite build` makes the report, `vite build --mode film` the film.
export default defineConfig(({ mode }) => ({
  plugins: [svelte({ configFile: false }), viteSingleFile({ removeViteModuleLoader: true }), plainTags()],
  build: {
    target: "es2022",
    rolldownOptions: { input: `${PAGES.includes(mode) ? mode : PAGES[0]}.html` },
    outDir: "../src/tapetum/report/static",
    emptyOutDir: false,
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
}));

'use strict';

/** State of the page in its address after the #, so that a reload, a bookmark and a copied address show the same. */
const kept = new URLSearchParams(location.hash.slice(1));
let keeping = 0;

/** Stores values by name and removes null and empty ones. Changes are gathered, because browsers limit their rate. */
function keep(values) {
  for (const [name, value] of Object.entries(values)) {
    value === null || value === '' ? kept.delete(name) : kept.set(name, value);
  }
  clearTimeout(keeping);
  keeping = setTimeout(keepNow, 250);
}

function keepNow() {
  clearTimeout(keeping);
  history.replaceState(null, '', `#${kept}`);
}

addEventListener('pagehide', keepNow);
addEventListener('hashchange', () => {
  clearTimeout(keeping);
  removeEventListener('pagehide', keepNow);
  location.reload();
});

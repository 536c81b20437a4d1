'use strict';

/** State of the page, stored in its address after the #, so that reloading the page, a bookmark or a copied address restores it. */
const kept = new URLSearchParams(location.hash.slice(1));
let keeping = 0;

/** Stores values by name, and removes values that are null or empty. Changes are collected, because browsers limit how often the address may change. */
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

'use strict';

/** What the page keeps in its address behind the #, so that a reload, a bookmark and a copied address show the same. */
const kept = new URLSearchParams(location.hash.slice(1));
let keeping = 0;

/** Keeps values by name; null or an empty text is not kept. Browsers allow few changes a second, so changes are gathered. */
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

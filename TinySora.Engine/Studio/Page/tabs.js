'use strict';

/** The two pages of the studio, and the runs anew while one of them lives. */
const lookMilliseconds = 4000;
const runsPage = new RunsPage($('runs'), {
  picture: (run, file) => `picture?run=${encodeURIComponent(run)}&file=${encodeURIComponent(file)}`,
  order: async order => {
    const done = await (await send('order', order)).json();
    await look();
    return done;
  },
  sample: async asked => readClips(await send('sample', asked)),
});
let looking = 0;

async function look() {
  clearTimeout(looking);
  if ($('runs').hidden) {
    return;
  }
  try {
    runsPage.show(await (await send('runs')).json());
  } catch (problem) {
    runsPage.say(problem.message, true);
  }
  looking = setTimeout(look, lookMilliseconds);
}

function turnTo(name) {
  keep({ runs: name === 'runs' ? '1' : null });
  for (const tab of document.querySelectorAll('[role=tab]')) {
    const chosen = tab.getAttribute('aria-controls') === name;
    tab.setAttribute('aria-selected', chosen);
    tab.tabIndex = chosen ? 0 : -1;
    $(tab.getAttribute('aria-controls')).hidden = !chosen;
  }
  look();
}

for (const tab of document.querySelectorAll('[role=tab]')) {
  tab.addEventListener('click', () => turnTo(tab.getAttribute('aria-controls')));
  tab.addEventListener('keydown', event => {
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      const other = [...document.querySelectorAll('[role=tab]')].find(one => one !== tab);
      other.focus();
      other.click();
    }
  });
}

document.addEventListener('visibilitychange', () => document.hidden ? clearTimeout(looking) : look());
if (kept.has('runs')) {
  turnTo('runs');
}

'use strict';

/** Interval at which the runs are refreshed while their tab is open. */
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
const tabs = [...document.querySelectorAll('[role=tab]')];
const pageOf = tab => tab.getAttribute('aria-controls');
const turned = { typing: () => {}, gallery: showGallery, data: () => dataset?.show(), runs: look };
let looking = 0;
let form = null;
let dataset = null;

send('trainings').then(sent => sent.json()).then(choices => {
  form = new TrainingForm(choices, look);
  $('runs').prepend(form.element);
  dataset = new DatasetPage($('data'), choices);
  tabs.find(tab => pageOf(tab) === 'data').hidden = false;
  if (!$('data').hidden) {
    dataset.show();
  }
  form.propose((runsPage.runs ?? []).map(run => run.name));
}, () => null); // This studio does not support queueing training runs.

async function look() {
  clearTimeout(looking);
  if ($('runs').hidden) {
    return;
  }
  try {
    const runs = await (await send('runs')).json();
    runsPage.show(runs);
    form?.propose(runs.map(run => run.name));
  } catch (problem) {
    runsPage.say(problem.message, true);
  }
  looking = setTimeout(look, lookMilliseconds);
}

function turnTo(name) {
  keep(Object.fromEntries(tabs.map(tab => [pageOf(tab), pageOf(tab) === name && name !== 'typing' ? '1' : null])));
  for (const tab of tabs) {
    const chosen = pageOf(tab) === name;
    tab.setAttribute('aria-selected', chosen);
    tab.tabIndex = chosen ? 0 : -1;
    $(pageOf(tab)).hidden = !chosen;
  }
  turned[name]();
}

tabs.forEach(tab => {
  tab.addEventListener('click', () => turnTo(pageOf(tab)));
  tab.addEventListener('keydown', event => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) {
      const there = tabs.filter(one => !one.hidden);
      const other = there[(there.indexOf(tab) + by + there.length) % there.length];
      other.focus();
      other.click();
    }
  });
});

document.addEventListener('visibilitychange', () => document.hidden ? clearTimeout(looking) : look());
const opened = tabs.map(pageOf).find(name => kept.has(name));
if (opened) {
  turnTo(opened);
}

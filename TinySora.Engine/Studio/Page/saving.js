'use strict';

async function save() {
  $('save').disabled = true;
  try {
    const saved = await (await send('save', asked)).json();
    $('saved').classList.remove('problem');
    $('saved').textContent = saved.skipped ? `Already saved: ${saved.path}` : `Saved: ${saved.path}`;
    $('command').textContent = saved.command;
  } catch (problem) {
    notSaved(problem);
  }
  $('save').disabled = false;
}

/** Has the browser download the file that Save would write. */
async function download() {
  try {
    const file = await readFacts(await send('download', asked));
    const link = make('a', { href: URL.createObjectURL(new Blob([file.bytes], { type: 'image/gif' })), download: file.name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    $('saved').textContent = '';
  } catch (problem) {
    notSaved(problem);
  }
}

function notSaved(problem) {
  $('saved').classList.add('problem');
  $('saved').textContent = problem.message;
}

/** Copies the command, for which the clip that is begun with is copied next to the saved videos: the command names files that stay. */
async function copy() {
  try {
    $('command').textContent = (await (await send('command', asked)).json()).command;
  } catch (problem) {
    notSaved(problem);
    return;
  }
  try {
    await navigator.clipboard.writeText($('command').textContent);
    $('copy').textContent = 'Copied';
    setTimeout(() => $('copy').textContent = 'Copy as a command', 1500);
  } catch {
    // The browser does not allow it: it is selected, so that a key does.
    getSelection().selectAllChildren($('command'));
    $('command').focus();
  }
}

'use strict';

/** Shows the saved videos, newest first. A click on a video restores its prompt, seed and settings. */
async function showGallery() {
  try {
    const videos = await (await send('saved')).json();
    $('gallery').replaceChildren(videos.length ? make('div', { class: 'pictures' }, ...videos.map(saved))
      : make('p', { class: 'card' }, 'There are no saved videos yet. Click Save on the Prompt tab to save one.'));
  } catch (problem) {
    $('gallery').replaceChildren(make('p', { class: 'said problem' }, problem.message));
  }
}

function saved(video) {
  const address = `video?name=${encodeURIComponent(video.name)}`;
  const [image, ...controls] = moving({ src: address, alt: video.prompt ?? video.name, loading: 'lazy' });
  return make('figure', {},
    make('button', { type: 'button', title: 'Restore prompt, seed and settings', onclick: () => { turnTo('typing'); takeSaved(video.name); } }, image), ...controls,
    make('figcaption', {}, video.prompt ?? video.name, make('br'), `seed ${video.seed}, ${video.model} `, make('a', { href: address, download: video.name }, 'Download')));
}

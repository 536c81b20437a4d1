'use strict';

/** The page without a server: its data is in the file. */
const data = JSON.parse($('data').textContent);
new RunsPage($('runs'), { picture: (run, file) => `data:image/gif;base64,${data.pictures[run][file]}` }).show(data.runs);

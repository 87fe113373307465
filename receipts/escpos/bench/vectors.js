// Writes what receiptline makes of the slips, as the test of the encoder reads
// it: node vectors.js
'use strict';
const fs = require('fs');
const path = require('path');
const { read, encoders } = require('./encoders.js');

for (const [file, encoding] of [['zh', 'gb18030'], ['en', 'cp437']]) {
  const slip = read(JSON.parse(fs.readFileSync(path.join(__dirname, `slip.${file}.json`))));
  fs.writeFileSync(path.join(__dirname, `slip.${file}.receiptline.bin`), encoders['receiptline 4.0.4'](slip, encoding)());
}

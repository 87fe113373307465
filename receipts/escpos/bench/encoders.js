// The three encoders, each with a function that turns a slip (slip.*.json, the
// fields of receipts.Slip) into what it is to do, and that into bytes.
'use strict';
const receiptline = require('receiptline');
const { ThermalPrinter, PrinterTypes, CharacterSet } = require('node-thermal-printer');
const ReceiptPrinterEncoder = require('@point-of-sale/receipt-printer-encoder');

const columns = 48;
const Text = 0, Rule = 1, QR = 3; // receipts.Kind

// receiptline takes a document in a language of its own; it is made before the
// clock starts. It draws QR codes itself; that the printer draws this one, as
// in the others, is asked for with its property for commands.
const nativeQR = payload => '\\x1ba1' +
  '\\x1d(k\\x04\\x001A2\\x00\\x1d(k\\x03\\x001C\\x08\\x1d(k\\x03\\x001E1' +
  `\\x1d(k\\x${(payload.length + 3).toString(16).padStart(2, '0')}\\x001P0${payload}\\x1d(k\\x03\\x001Q0` + '\\x1ba0';
const escape = text => text.replace(/[\\|{}~_"`^]/g, '\\$&');
function document(slip) {
  return slip.lines.map(l => {
    switch (l.kind) {
      case Rule: return '---';
      case QR: return `{command:${nativeQR(l.payload)}}`;
    }
    let left = escape(l.left), right = escape(l.right);
    if (l.bold) { left = `"${left}"`; right = right && `"${right}"`; }
    if (l.size === 1) left = `^^^${left}^^^`;
    if (l.right === '') return l.align === 1 ? left : `${left} |`;
    const row = `${left} | ${right}`;
    return l.right.length < columns / 2 ? row : `{width:*,${l.right.length + 1}}\n${row}\n{width:auto}`;
  }).join('\n');
}
function withReceiptline(slip, encoding) {
  const printer = { command: 'epson', cpl: columns, encoding, cutting: true };
  const doc = document(slip);
  return () => Buffer.from(receiptline.transform(doc, printer), 'binary');
}

// node-thermal-printer knows Chinese as one of its character sets. It counts
// every character as one column, so that its columns don't align.
function withThermalPrinter(slip, encoding) {
  const printer = new ThermalPrinter({
    type: PrinterTypes.EPSON, width: columns, interface: 'tcp://127.0.0.1:9100',
    characterSet: encoding === 'gb18030' ? CharacterSet.CHINA : CharacterSet.PC437_USA,
  });
  return () => {
    printer.clear();
    printer.initHardware();
    printer.setCharacterSet(printer.config.characterSet || printer.config.codePage);
    for (const l of slip.lines) {
      if (l.kind === Rule) { printer.drawLine(); continue; }
      if (l.kind === QR) {
        printer.alignCenter();
        printer.printQR(l.payload, { cellSize: 8, correction: 'M', model: 2 });
        printer.alignLeft();
        continue;
      }
      if (l.align === 1) printer.alignCenter();
      if (l.bold) printer.bold(true);
      if (l.size === 1) printer.setTextQuadArea();
      if (l.right === '') printer.println(l.left); else printer.leftRight(l.left, l.right);
      if (l.size === 1) printer.setTextNormal();
      if (l.bold) printer.bold(false);
      if (l.align === 1) printer.alignLeft();
    }
    printer.partialCut();
    return printer.getBuffer();
  };
}

// receipt-printer-encoder has no Chinese: it prints question marks.
function withPrinterEncoder(slip) {
  const encoder = new ReceiptPrinterEncoder({ language: 'esc-pos', columns, feedBeforeCut: 4 });
  return () => {
    encoder.initialize().codepage('cp437');
    for (const l of slip.lines) {
      if (l.kind === Rule) { encoder.rule(); continue; }
      if (l.kind === QR) {
        encoder.align('center').qrcode(l.payload, { model: 2, size: 8, errorlevel: 'm' }).align('left');
        continue;
      }
      if (l.align === 1) encoder.align('center');
      if (l.bold) encoder.bold(true);
      if (l.size === 1) encoder.size(2, 2);
      if (l.right === '') encoder.line(l.left); else encoder.table(
        [{ width: columns - l.right.length, align: 'left' }, { width: l.right.length, align: 'right' }], [[l.left, l.right]]);
      if (l.size === 1) encoder.size(1, 1);
      if (l.bold) encoder.bold(false);
      if (l.align === 1) encoder.align('left');
    }
    encoder.cut('partial');
    return encoder.encode();
  };
}

// read is a slip as Go writes it, with the fields that it leaves out.
function read(json) {
  return {
    lines: json.Lines.map(l => ({
      kind: l.Kind || Text, left: l.Left || '', right: l.Right || '', align: l.Align || 0,
      bold: !!l.Bold, size: l.Size || 0, payload: l.Payload || '',
    })),
  };
}

module.exports = {
  read,
  encoders: {
    'receiptline 4.0.4': withReceiptline,
    'node-thermal-printer 4.6.1': withThermalPrinter,
    'receipt-printer-encoder 4.0.1': withPrinterEncoder,
  },
};

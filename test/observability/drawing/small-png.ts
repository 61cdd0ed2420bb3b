/**
 * Makes a screenshot small enough for the documentation: its 255 most frequent colours are kept, each other one becomes
 * the nearest of them. Takes what chromium writes, PNG of 8 bits a channel and not interlaced, and nothing else.
 */
import { deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLORS = 255;
const CHANNELS: Readonly<Record<number, number>> = { 2: 3, 6: 4 };

export function shrinkPng(png: Buffer): Buffer {
  const header = png.subarray(16, 29);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = CHANNELS[header[9] ?? 0];
  if (!png.subarray(0, 8).equals(SIGNATURE) || header[8] !== 8 || header[12] !== 0 || channels === undefined) {
    throw new Error('not a PNG as chromium writes it');
  }
  const pixels = unfilter(inflateSync(dataOf(png)), width * channels, channels);
  const colors = Uint32Array.from({ length: width * height }, (_, at) => pixels.readUIntBE(at * channels, 3));
  const { palette, placeOf } = choosePalette(colors);
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) rows[y * (width + 1) + 1 + x] = placeOf(colors[y * width + x] ?? 0);
  }
  const indexed = Buffer.from(header);
  indexed[9] = 3;
  const table = Buffer.concat(palette.map((color) => Buffer.from([color >> 16, (color >> 8) & 255, color & 255])));
  const parts = [chunk('IHDR', indexed), chunk('PLTE', table), chunk('IDAT', deflateSync(rows, { level: 9 }))];
  return Buffer.concat([SIGNATURE, ...parts, chunk('IEND', Buffer.alloc(0))]);
}

function dataOf(png: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return Buffer.concat(parts);
}

/** Undoes the five filters of PNG, line by line. */
function unfilter(raw: Buffer, lineBytes: number, channels: number): Buffer {
  const lines = raw.length / (lineBytes + 1);
  const pixels = Buffer.alloc(lines * lineBytes);
  for (let line = 0; line < lines; line += 1) {
    const filter = raw[line * (lineBytes + 1)] ?? 0;
    for (let at = 0; at < lineBytes; at += 1) {
      const place = line * lineBytes + at;
      const left = at < channels ? 0 : (pixels[place - channels] ?? 0);
      const above = line === 0 ? 0 : (pixels[place - lineBytes] ?? 0);
      const corner = line === 0 || at < channels ? 0 : (pixels[place - lineBytes - channels] ?? 0);
      const guesses = [0, left, above, (left + above) >> 1, nearestOf(left, above, corner)];
      pixels[place] = (raw[line * (lineBytes + 1) + 1 + at] ?? 0) + (guesses[filter] ?? 0);
    }
  }
  return pixels;
}

/** PNG's Paeth predictor. */
function nearestOf(left: number, above: number, corner: number): number {
  const guess = left + above - corner;
  const [toLeft, toAbove, toCorner] = [left, above, corner].map((value) => Math.abs(guess - value)) as [
    number,
    number,
    number,
  ];
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

function choosePalette(colors: Uint32Array): { palette: number[]; placeOf: (color: number) => number } {
  const counts = new Map<number, number>();
  for (const color of colors) counts.set(color, (counts.get(color) ?? 0) + 1);
  const palette = [...counts].toSorted(([, left], [, right]) => right - left).map(([color]) => color);
  palette.length = Math.min(palette.length, COLORS);
  const places = new Map(palette.map((color, place) => [color, place]));
  const placeOf = (color: number): number => {
    const known = places.get(color);
    if (known !== undefined) return known;
    const distances = palette.map((other) => distanceOf(color, other));
    const nearest = distances.indexOf(Math.min(...distances));
    places.set(color, nearest);
    return nearest;
  };
  return { palette, placeOf };
}

function distanceOf(one: number, other: number): number {
  const difference = (shift: number) => ((one >> shift) & 255) - ((other >> shift) & 255);
  return difference(16) ** 2 + difference(8) ** 2 + difference(0) ** 2;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crcOf(body), body.length + 4);
  return framed;
}

/** CRC-32 as PNG has it; zlib's own comes with Node 22. */
function crcOf(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

// node schema.mjs FOLDER: compares the schema files below FOLDER with Google's; prints one JSON line.
import fs from 'node:fs';
import path from 'node:path';
import { compareSchemas } from './lib/compare.mjs';
import { googleRoot, loadTypes } from './lib/schema.mjs';

const [folder] = process.argv.slice(2);
const files = fs.readdirSync(folder, { recursive: true })
  .map(file => file.split(path.sep).join('/'))
  .filter(file => file.endsWith('.proto'));
const ours = loadTypes(folder, files, fs.existsSync);
const theirs = loadTypes(googleRoot, files, () => true);
console.log(JSON.stringify({ files, ...compareSchemas(ours, theirs) }));

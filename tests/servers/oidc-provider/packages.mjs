// Packages come from the folder that CONNECTION_OPERATOR_NODE_MODULES names, or from beside this
// file. Imports of ECMAScript modules ignore NODE_PATH, so the folder is asked for the absolute path.

import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.env.CONNECTION_OPERATOR_NODE_MODULES;
const base = folder ? join(resolve(folder), '..', 'package.json') : import.meta.filename;
const { resolve: find } = createRequire(base);

export const load = (name) => import(pathToFileURL(find(name)).href);

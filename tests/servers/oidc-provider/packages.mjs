// Resolves packages from the folder in CONNECTION_OPERATOR_NODE_MODULES, or from the folder of this file.
// Resolves absolute paths, because imports of ECMAScript modules ignore NODE_PATH.

import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.env.CONNECTION_OPERATOR_NODE_MODULES;
const base = folder ? join(resolve(folder), '..', 'package.json') : import.meta.filename;
const { resolve: find } = createRequire(base);

export const load = (name) => import(pathToFileURL(find(name)).href);

// What the connector uses of Google Apps Script, to run it without Google: written from the public reference, and as strict as that says Looker Studio is.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { MessageChannel, Worker, receiveMessageOnPort } from 'node:worker_threads';

/** Apps Script fetches synchronously, so the request runs in a thread that this one waits for. */
class Fetcher {
  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.flag = new Int32Array(new SharedArrayBuffer(4));
    this.worker = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads');
       parentPort.on('message', async ({ url, options }) => {
         let answer;
         try {
           const response = await fetch(url, options);
           answer = { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
         } catch (failure) {
           answer = { failure: String(failure) };
         }
         workerData.port.postMessage(answer);
         Atomics.store(workerData.flag, 0, 1);
         Atomics.notify(workerData.flag, 0);
       });`,
      { eval: true, workerData: { port: port2, flag: this.flag }, transferList: [port2] },
    );
  }

  fetch(url, options) {
    Atomics.store(this.flag, 0, 0);
    this.worker.postMessage({ url, options });
    Atomics.wait(this.flag, 0, 0, 60_000);
    const answer = receiveMessageOnPort(this.port)?.message;
    if (!answer || answer.failure) {
      throw new Error(`Address unavailable: ${url}`);
    }

    return answer;
  }

  close() {
    this.port.close();
    return this.worker.terminate();
  }
}

export class UserError extends Error {
  constructor(text, debugText) {
    super(text);
    this.debugText = debugText;
  }
}

/** The connector in a world of its own. `answer` replaces the server where it gives something for a request. */
export function load(file) {
  const properties = new Map();
  const cache = new Map();
  const fetcher = new Fetcher();
  const world = { requests: [], cache, properties, now: 0, answer: null };
  const store = {
    getProperty: (name) => properties.get(name) ?? null,
    setProperty(name, value) {
      if (typeof value !== 'string' || Buffer.byteLength(value) > 9 * 1024) {
        throw new Error('A property is text of at most 9 KB.');
      }

      properties.set(name, value);
      return store;
    },
    deleteProperty(name) {
      properties.delete(name);
      return store;
    },
  };
  const userCache = {
    get: (name) => (cache.get(name)?.until > world.now ? cache.get(name).text : null),
    put(name, text, seconds) {
      if (name.length > 250 || Buffer.byteLength(text) > 100 * 1024 || seconds > 21_600) {
        throw new Error('Argument too large: value');
      }

      cache.set(name, { text, until: world.now + seconds });
    },
  };
  const response = ({ status, headers, text }) => ({ getResponseCode: () => status, getContentText: () => text, getHeaders: () => headers });
  const context = createContext({
    console: { error() {}, log() {} },
    PropertiesService: { getUserProperties: () => store },
    CacheService: { getUserCache: () => userCache },
    Utilities: {
      DigestAlgorithm: { SHA_256: 'sha256' },
      Charset: { UTF_8: 'utf8' },
      computeDigest: (algorithm, text) => [...createHash(algorithm).update(text, 'utf8').digest()],
      base64Encode: (bytes) => Buffer.from(bytes).toString('base64'),
      newBlob: (text) => ({ getBytes: () => [...Buffer.from(text)] }),
    },
    UrlFetchApp: {
      fetch(url, options) {
        world.requests.push({ url, options });
        const made = world.answer?.(url, options);
        const answer = made ?? fetcher.fetch(url, { method: options.method, headers: { ...options.headers, 'Content-Type': options.contentType }, body: options.payload, redirect: options.followRedirects === false ? 'manual' : 'follow' });
        if (answer.status >= 400 && !options.muteHttpExceptions) {
          throw new Error(`Request failed returned code ${answer.status}`);
        }

        return response(answer);
      },
    },
    DataStudioApp: {
      createCommunityConnector: () => ({
        AuthType: { PATH_KEY: 'PATH_KEY', KEY: 'KEY', NONE: 'NONE' },
        newAuthTypeResponse() {
          const built = {};
          return {
            setAuthType(type) {
              built.type = type;
              return this;
            },
            setHelpUrl(url) {
              built.helpUrl = url;
              return this;
            },
            build: () => built,
          };
        },
        newUserError() {
          let text, debugText;
          return {
            setText(value) {
              text = value;
              return this;
            },
            setDebugText(value) {
              debugText = value;
              return this;
            },
            throwException() {
              throw new UserError(text, debugText);
            },
          };
        },
      }),
    },
  });
  runInContext(readFileSync(file, 'utf8'), context, { filename: 'Code.js' });
  return { world, connector: context, close: () => fetcher.close() };
}

const semantics = {
  STRING: ['TEXT', 'YEAR', 'YEAR_MONTH', 'YEAR_WEEK', 'YEAR_MONTH_DAY', 'YEAR_MONTH_DAY_SECOND', 'QUARTER', 'MONTH', 'WEEK'],
  NUMBER: ['NUMBER', 'PERCENT', 'CURRENCY_EUR', 'CURRENCY_USD'],
  BOOLEAN: ['BOOLEAN'],
};
const forms = {
  YEAR: /^\d{4}$/, YEAR_MONTH: /^\d{6}$/, YEAR_WEEK: /^\d{6}$/, YEAR_MONTH_DAY: /^\d{8}$/, YEAR_MONTH_DAY_SECOND: /^\d{14}$/, QUARTER: /^[1-4]$/, MONTH: /^(0[1-9]|1[0-2])$/, WEEK: /^\d{2}$/,
};

/** What is wrong with a schema, as Looker Studio would say when a data source is made of it. */
export function* schemaFaults(schema) {
  const names = schema.map((field) => field.name);
  for (const field of schema) {
    const { conceptType, semanticType, isReaggregatable } = field.semantics;
    const isMetric = conceptType === 'METRIC';
    if (!/^[A-Za-z0-9_]+$/.test(field.name)) yield `${field.name}: letters`;
    if (!field.label || !field.description || !field.group) yield `${field.name}: without words`;
    if (!semantics[field.dataType]?.includes(semanticType)) yield `${field.name}: ${field.dataType} ${semanticType}`;
    if (isMetric !== (field.defaultAggregationType !== undefined)) yield `${field.name}: aggregation of a ${conceptType}`;
    if (isMetric && isReaggregatable !== (field.defaultAggregationType === 'SUM')) yield `${field.name}: aggregated again`;
    for (const [, used] of field.formula?.matchAll(/\$(\w+)/g) ?? []) {
      const other = schema.find((candidate) => candidate.name === used);
      if (!other?.semantics.isReaggregatable) yield `${field.name}: its formula adds up ${used}`;
    }
  }

  if (new Set(names).size !== names.length) yield 'a name stands twice';
  if (new Set(schema.map((field) => field.label)).size !== names.length) yield `a label stands twice: ${schema.map((field) => field.label).sort()}`;
}

/** What is wrong with an answer to a question, as Looker Studio would find when it draws. */
export function* dataFaults(question, answer) {
  const asked = question.fields.filter((field) => !answer.filtersApplied || !field.forFilterOnly).map((field) => field.name);
  if (String(answer.schema.map((field) => field.name)) !== String(asked)) yield `fields ${answer.schema.map((field) => field.name)} instead of ${asked}`;
  if (typeof answer.filtersApplied !== 'boolean') yield 'filtersApplied';
  for (const { values } of answer.rows) {
    if (values.length !== asked.length) yield `a row of ${values.length}`;
    for (const [index, field] of answer.schema.entries()) {
      const value = values[index];
      const type = { STRING: 'string', NUMBER: 'number', BOOLEAN: 'boolean' }[field.dataType];
      if (value !== null && typeof value !== type) yield `${field.name}: ${value} is no ${type}`;
      if (value !== null && forms[field.semantics.semanticType] && !forms[field.semantics.semanticType].test(value)) yield `${field.name}: ${value} is no ${field.semantics.semanticType}`;
    }
  }
}

/** A formula over rows, as Looker Studio computes one: SUM over the rows, division last, nothing where nothing is divided by. */
export function evaluate(formula, rows) {
  const guard = /^CASE WHEN SUM\(\$(\w+)\) > 0 THEN (.+) END$/.exec(formula);
  const sum = (name) => {
    const known = rows.map((row) => row[name]).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
  };
  if (guard) {
    return sum(guard[1]) > 0 ? evaluate(guard[2], rows) : null;
  }

  const quotient = /^SUM\(\$(\w+)\) \/ SUM\(\$(\w+)\)$/.exec(formula);
  if (!quotient) {
    throw new Error(`A formula that nobody has read yet: ${formula}`);
  }

  const [above, below] = [sum(quotient[1]), sum(quotient[2])];
  return above === null || !below ? null : above / below;
}

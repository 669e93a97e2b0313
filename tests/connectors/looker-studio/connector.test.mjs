// The connector against a running server: KPI_URL, and KPI_SHORT_URL for one that answers with at most 5 rows. KPI_READER and KPI_WRITER are keys, KPI_ALL_FEEDS the feeds.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, test } from 'node:test';
import { UserError, dataFaults, evaluate, load, schemaFaults } from './apps-script.mjs';

const folder = new URL('../../../src/Connectors/LookerStudio/', import.meta.url);
const { KPI_URL: url, KPI_SHORT_URL: shortUrl, KPI_READER: reader, KPI_WRITER: writer } = process.env;
// Tables that the world behind the server has rows for.
const filled = ['dates', 'activities', 'projects', 'kpis', 'project-kpis', 'measurements', 'kpi-days', 'kpi-weeks', 'kpi-status', 'kpi-outcomes', 'ledger', 'project-roi', 'roi-months', 'north-stars', 'portfolio'];
const feeds = process.env.KPI_ALL_FEEDS.split(',');
const { world, connector, close } = load(new URL('Code.js', folder));
const connect = (path = url, key = reader) => connector.setCredentials({ pathKey: { path, key } });

/** Objects of another world are equal to none of this one. */
const plain = (value) => JSON.parse(JSON.stringify(value));
const schemaOf = (feed, language = 'en') => plain(connector.getSchema({ configParams: { feed, language } })).schema;

function dataOf(feed, names, more = {}) {
  const question = { configParams: { feed, language: 'en', dateColumn: 'none', ...more.configParams }, scriptParams: { lastRefresh: '1', sampleExtraction: false }, fields: names.map((name) => ({ name })) };
  if (more.dateRange) {
    question.dateRange = more.dateRange;
    question.configParams.dateColumn = more.dateColumn;
  }

  const answer = plain(connector.getData(question));
  assert.deepEqual([...dataFaults(question, answer)], []);
  return answer.rows.map(({ values }) => Object.fromEntries(values.map((value, index) => [names[index], value])));
}

const near = (actual, expected, what) => assert.ok(
  actual === expected || (actual !== null && expected !== null && Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected))), `${what}: ${actual} instead of ${expected}`);

function groupBy(rows, keyOf) {
  const groups = new Map();
  for (const row of rows) {
    const key = keyOf(row);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }

  return groups;
}

/** The ISO week of YYYYMMDD, as YYYYWW. */
function weekOf(day) {
  const date = new Date(Date.UTC(+day.slice(0, 4), +day.slice(4, 6) - 1, +day.slice(6)));
  date.setUTCDate(date.getUTCDate() + 3 - ((date.getUTCDay() + 6) % 7));
  const first = new Date(Date.UTC(date.getUTCFullYear(), 0, 4));
  return `${date.getUTCFullYear()}${String(1 + Math.round(((date - first) / 86_400_000 - 3 + ((first.getUTCDay() + 6) % 7)) / 7)).padStart(2, '0')}`;
}

after(close);

describe('the manifest', () => {
  const manifest = JSON.parse(readFileSync(new URL('appsscript.json', folder)));

  test('is what Google asks for', () => {
    const studio = manifest.dataStudio;
    assert.ok(studio.name.length <= 28 && studio.shortDescription.length <= 114);
    for (const link of ['companyUrl', 'logoUrl', 'addOnUrl', 'supportUrl']) {
      assert.equal(new URL(studio[link]).protocol, 'https:', link);
    }

    assert.deepEqual(studio.authType, ['PATH_KEY']);
    assert.equal(manifest.runtimeVersion, 'V8');
    assert.deepEqual(manifest.oauthScopes, ['https://www.googleapis.com/auth/script.external_request']);
    // The servers that people have are not known beforehand.
    assert.equal(manifest.urlFetchWhitelist, undefined);
  });

  test('goes with a script that stays thin', () => assert.ok(readFileSync(new URL('Code.js', folder), 'utf8').split('\n').length <= 170));
});

describe('the key', () => {
  beforeEach(() => connector.resetAuth());

  test('is asked for with the address', () => assert.equal(connector.getAuthType().type, 'PATH_KEY'));

  test('is taken when it reads figures, kept for the user, and forgotten', () => {
    assert.equal(connector.isAuthValid(), false);
    assert.equal(connect().errorCode, 'NONE');
    assert.equal(connector.isAuthValid(), true);
    assert.deepEqual([...world.properties.values()].sort(), [url, reader].sort());
    connector.resetAuth();
    assert.equal(connector.isAuthValid(), false);
    assert.equal(world.properties.size, 0);
  });

  test('is taken with whatever part of the address was pasted', () => {
    for (const path of [`${url}/`, `${url}/v1`, `${url}/v1/`, `${url}/odata/v1`, ` ${url} `]) {
      assert.equal(connect(path).errorCode, 'NONE', path);
      assert.ok([...world.properties.values()].includes(url));
    }
  });

  test('is not taken, and not kept, when it is wrong or has another role', () => {
    for (const [path, key] of [[url, 'kpi_wrong'], [url, ''], [url, writer], ['', reader], [`${url}/elsewhere?`, reader], ['ftp://127.0.0.1', reader]]) {
      assert.equal(connect(path, key).errorCode, 'INVALID_CREDENTIALS', path + key);
    }

    assert.equal(connector.setCredentials({}).errorCode, 'INVALID_CREDENTIALS');
    assert.equal(world.properties.size, 0);
  });

  test('never leaves in the clear, nor to where an answer points', () => {
    world.requests.length = 0;
    assert.equal(connect('http://kpi.example.com').errorCode, 'INVALID_CREDENTIALS');
    assert.equal(world.requests.length, 0);
    world.answer = () => ({ status: 302, headers: { Location: 'https://elsewhere.example' }, text: '' });
    assert.equal(connect('https://kpi.example.com').errorCode, 'INVALID_CREDENTIALS');
    world.answer = null;
    assert.deepEqual(world.requests.map((request) => [request.url, request.options.followRedirects]), [['https://kpi.example.com/v1/looker/config', false]]);
  });

  test('stays valid while the server does not answer', () => {
    connect();
    for (const status of [500, 503, 429]) {
      world.answer = () => ({ status, headers: {}, text: '' });
      assert.equal(connector.isAuthValid(), true);
    }

    for (const status of [401, 403]) {
      world.answer = () => ({ status, headers: {}, text: '' });
      assert.equal(connector.isAuthValid(), false);
    }

    world.answer = null;
  });

  test('says of nobody that he is an administrator', () => assert.equal(connector.isAdminUser(), false));
});

describe('a data source', () => {
  before(() => connect());

  test('is configured in two steps, in the language of the user', () => {
    const first = plain(connector.getConfig({ languageCode: 'fr' }));
    assert.equal(first.isSteppedConfig, true);
    assert.deepEqual(first.configParams.map((question) => question.name), ['feed', 'language']);
    assert.deepEqual(first.configParams[0].options.map((option) => option.value), feeds);
    assert.ok(first.configParams[0].options.some((option) => option.label === 'Semaines de KPI'));
    for (const feed of feeds) {
      const second = plain(connector.getConfig({ languageCode: 'fr', configParams: { feed, language: 'en' } }));
      assert.equal(second.isSteppedConfig, false);
      assert.deepEqual(second.configParams.map((question) => question.name), ['feed', 'language', 'about', 'dateColumn', 'asOf']);
      assert.equal(second.configParams[4].parameterControl.allowOverride, true);
      const dates = second.configParams[3].options.map((option) => option.value);
      assert.equal(second.dateRangeRequired, dates.length > 1);
      assert.ok(dates.includes('none'));
      const types = Object.fromEntries(schemaOf(feed).map((field) => [field.name, field.semantics.semanticType]));
      assert.ok(dates.filter((date) => date !== 'none').every((date) => types[date] === 'YEAR_MONTH_DAY'), `${feed}: ${dates}`);
    }
  });

  test('has fields that Looker Studio takes, in both languages, and rows for each of them', () => {
    for (const feed of feeds) {
      const english = schemaOf(feed);
      const french = schemaOf(feed, 'fr');
      assert.deepEqual([...schemaFaults(english)], [], feed);
      assert.deepEqual([...schemaFaults(french)], [], feed);
      assert.deepEqual(english.map((field) => field.name), french.map((field) => field.name));
      assert.ok(english.some((field, index) => field.label !== french[index].label));
      // All dimensions together tell every row from every other, so nothing is added that must not be.
      const rows = dataOf(feed, english.map((field) => field.name), feed === 'dates' ? { dateColumn: 'Date', dateRange: { startDate: '2024-12-25', endDate: '2025-01-10' } } : {});
      assert.ok(rows.length > 0 || !filled.includes(feed), feed);
      assert.ok(rows.every((row) => row.RowCount === 1), feed);
    }
  });
});

describe('ratios', () => {
  before(() => connect());
  const days = ['ProjectKpiId', 'ProjectId', 'KpiId', 'KpiCode', 'Aggregation', 'Date', 'Numerator', 'Denominator', 'FactCount'];

  test('of KPI days over any days are what the server computes there, and over a week what is published of that week', () => {
    const { formula } = schemaOf('kpi-days').find((field) => field.name === 'Value');
    const projects = Object.fromEntries(dataOf('projects', ['ProjectId', 'StartsOn', 'EndsOn']).map((row) => [row.ProjectId, row]));
    const published = dataOf('kpi-weeks', ['ProjectKpiId', 'Week', 'Actual', 'Aggregation']);
    const rows = dataOf('kpi-days', days).filter((row) => row.Date >= projects[row.ProjectId].StartsOn && row.Date <= projects[row.ProjectId].EndsOn);
    const weeks = groupBy(rows, (row) => `${row.ProjectKpiId} ${weekOf(row.Date)}`);
    let compared = 0;
    for (const { ProjectKpiId, Week, Actual, Aggregation } of published) {
      const value = evaluate(formula, weeks.get(`${ProjectKpiId} ${Week}`) ?? []);
      if (Aggregation === 'ratio' || Aggregation === 'sum') {
        near(value, Actual, `${ProjectKpiId} ${Week}`);
        compared += Actual === null ? 0 : 1;
      } else {
        assert.equal(value, null, `${Aggregation} ${ProjectKpiId} ${Week}`);
      }
    }

    assert.ok(compared > 30, `${compared} weeks`);
    const now = dataOf('kpi-status', ['ProjectKpiId', 'Week', 'Actual', 'Aggregation']).filter((row) => row.Week !== null && (row.Aggregation === 'ratio' || row.Aggregation === 'sum'));
    assert.ok(now.length >= 3);
    for (const { ProjectKpiId, Week, Actual } of now) {
      near(evaluate(formula, weeks.get(`${ProjectKpiId} ${Week}`) ?? []), Actual, `status of ${ProjectKpiId}`);
    }
  });

  test('of KPI days at random groupings are the same whoever groups', () => {
    const { formula } = schemaOf('kpi-days').find((field) => field.name === 'Value');
    const rows = dataOf('kpi-days', [...days, 'ProjectCode', 'ProjectStatus', 'Direction', 'Domain', 'Unit', 'Currency']);
    for (const grouping of [['ProjectKpiId'], ['KpiCode', 'Currency'], ['KpiCode', 'ProjectCode'], ['KpiCode', 'Date', 'Currency'], ['KpiId', 'Direction', 'ProjectStatus', 'Currency'], ['ProjectKpiId', 'Unit', 'Domain']]) {
      const groups = groupBy(rows, (row) => JSON.stringify(grouping.map((name) => row[name])));
      // What Looker Studio asks for when a chart shows the formula, and the field itself.
      const served = dataOf('kpi-days', [...grouping, 'Value', 'Numerator', 'Denominator', 'FactCount']);
      assert.equal(served.length, groups.size);
      for (const row of served) {
        const group = groups.get(JSON.stringify(grouping.map((name) => row[name])));
        near(evaluate(formula, [row]), evaluate(formula, group), String(grouping));
        near(row.Value, evaluate(formula, group), String(grouping));
      }
    }
  });

  test('of money are one ROI, from entries, months, projects and the portfolio', () => {
    const formulas = Object.fromEntries([['ledger', 'RoiRatio'], ['roi-months', 'MonthRoi'], ['project-roi', 'RoiRatio'], ['portfolio', 'RoiRatio']].map(([feed, name]) => [feed, schemaOf(feed).find((field) => field.name === name).formula]));
    const published = dataOf('project-roi', ['ProjectCode', 'RoiRatio', 'Gain', 'Cost', 'RoiReturn']);
    assert.ok(published.filter((row) => row.RoiRatio !== null).length >= 2);
    for (const feed of ['ledger', 'roi-months', 'portfolio']) {
      const groups = groupBy(dataOf(feed, ['ProjectCode', ...(feed === 'ledger' ? ['Category', 'Evidence'] : []), 'Gain', 'Cost']), (row) => row.ProjectCode);
      for (const { ProjectCode, RoiRatio } of published) {
        near(evaluate(formulas[feed], groups.get(ProjectCode) ?? []), RoiRatio, `${feed} ${ProjectCode}`);
      }
    }

    for (const row of published.filter((one) => one.RoiRatio !== null)) {
      near(evaluate(formulas['project-roi'], [row]), row.RoiRatio, row.ProjectCode);
      near(row.RoiReturn, row.RoiRatio - 1, row.ProjectCode);
    }

    const byCurrency = dataOf('portfolio', ['Currency', 'RoiRatio']);
    const totals = groupBy(dataOf('ledger', ['Currency', 'Kind', 'Date', 'Gain', 'Cost']), (row) => row.Currency);
    assert.equal(byCurrency.length, 2);
    byCurrency.forEach((row) => near(evaluate(formulas.ledger, totals.get(row.Currency) ?? []), row.RoiRatio, row.Currency));
  });
});

describe('failures', () => {
  beforeEach(() => {
    world.answer = null;
    connector.resetAuth();
    connect();
  });

  const question = (more) => ({ configParams: { feed: 'ledger', language: 'en', ...more }, fields: [{ name: 'Date' }, { name: 'Gain' }] });
  const refusal = (ask) => {
    try {
      ask();
    } catch (failure) {
      assert.ok(failure instanceof UserError, String(failure));
      assert.ok(!`${failure.message} ${failure.debugText}`.includes('kpi_'), 'a key in a message');
      return failure;
    }

    return assert.fail('no failure');
  };

  test('of the server are sentences in the language of the data source', () => {
    for (const [status, headers, en, fr] of [
      [401, {}, /key is not valid any more/, /clé KpiApi n’est plus valable/],
      [403, {}, /does not read figures/, /ne lit pas les chiffres/],
      [429, { 'Retry-After': '7' }, /Too many requests.*Try again in 7 s/, /Trop de demandes.*Réessayez dans 7 s/],
      [503, { 'retry-after': '2' }, /does not answer.*Try again in 2 s/, /ne répond pas.*Réessayez dans 2 s/],
      [500, {}, /does not answer.*Try again later/, /ne répond pas.*Réessayez plus tard/],
      [404, {}, /does not answer as KpiApi does. Status 404/, /ne répond pas comme KpiApi. Statut 404/],
    ]) {
      world.answer = () => ({ status, headers, text: '<html>not JSON' });
      assert.match(refusal(() => connector.getData(question())).message, en);
      assert.match(refusal(() => connector.getData(question({ language: 'fr' }))).message, fr);
      assert.match(refusal(() => connector.getConfig({ languageCode: 'fr-FR' })).message, fr);
    }

    world.answer = () => {
      throw new Error('DNS error');
    };
    assert.match(refusal(() => connector.getSchema(question())).message, /does not answer/);
  });

  test('of the key are told by the real server too', () => {
    world.properties.set('kpiapi.key', reader.slice(0, -1) + (reader.endsWith('a') ? 'b' : 'a'));
    assert.match(refusal(() => connector.getSchema(question())).message, /key is not valid any more/);
    world.properties.set('kpiapi.key', writer);
    assert.match(refusal(() => connector.getData(question())).message, /does not read figures/);
    connector.resetAuth();
    assert.match(refusal(() => connector.getData(question())).message, /Connect to KpiApi again/);
  });

  test('of a question say what to change', () => {
    assert.match(refusal(() => connector.getData({ ...question(), fields: [{ name: 'Gain' }] })).message, /different currencies are not added. Add the dimension Currency/);
    assert.match(refusal(() => connector.getData({ ...question({ language: 'fr' }), fields: [{ name: 'Gain' }] })).message, /devises différentes ne s'additionnent pas/);
    assert.match(refusal(() => connector.getData({ ...question(), fields: [{ name: 'Currency' }, { name: 'Amount' }] })).message, /Gains and costs are not added/);
    assert.match(refusal(() => connector.getData({ ...question(), fields: [{ name: 'Gone' }] })).message, /Refresh the fields/);
    assert.match(refusal(() => connector.getData({ ...question({ asOf: '2999-01-01' }) })).message, /to today/);
  });

  test('of an answer that is too long name the way out', () => {
    assert.equal(connect(shortUrl).errorCode, 'NONE');
    const failure = refusal(() => connector.getData({ configParams: { feed: 'kpi-days', dateColumn: 'none' }, fields: [{ name: 'Date' }] }));
    assert.match(failure.message, /longer than 5 rows. Shorten the range/);
    assert.match(failure.debugText, /413 too-large/);
  });
});

describe('the cache', () => {
  beforeEach(() => {
    connector.resetAuth();
    connect();
    world.cache.clear();
    world.requests.length = 0;
  });

  const question = (lastRefresh) => ({ configParams: { feed: 'kpis', language: 'en' }, scriptParams: { lastRefresh }, fields: [{ name: 'KpiCode' }] });

  test('answers the same question for a while, and none that differs', () => {
    const first = plain(connector.getData(question('1')));
    assert.deepEqual(plain(connector.getData(question('1'))), first);
    assert.equal(world.requests.length, 1);
    connector.getData(question('2'));
    assert.equal(world.requests.length, 2);
    world.now += 301;
    connector.getData(question('1'));
    assert.equal(world.requests.length, 3);
    // Another connection is another question.
    connect(shortUrl);
    connector.getSchema(question('1'));
    assert.equal([...world.cache.keys()].some((name) => name.includes(reader)), false);
  });

  test('keeps nothing that is too large for it, and no failure', () => {
    const answer = { schema: [], rows: [{ values: ['é'.repeat(60 * 1024)] }], filtersApplied: true };
    world.answer = () => ({ status: 200, headers: {}, text: JSON.stringify(answer) });
    assert.deepEqual(plain(connector.getData(question('3'))), answer);
    world.answer = () => ({ status: 503, headers: {}, text: '' });
    assert.throws(() => connector.getData(question('3')), UserError);
    world.answer = null;
    assert.equal(world.cache.size, 0);
  });
});

// Reads the service with clients that others wrote: node read.mjs <root of the service> <key>. Prints what each of them found, and fails where one of them does.
import { OData } from '@odata/client';
import { o } from 'o.js';
import csdl from 'odata-csdl';
import { ok, strictEqual } from 'node:assert';

const [root, key] = process.argv.slice(2);
const headers = { 'X-Api-Key': key };

const xml = await (await fetch(`${root}/$metadata`, { headers })).text();
const messages = [];
const model = csdl.xml2json(xml, { strict: true, messages });
const sets = Object.entries(model.KpiApi.Feeds).filter(([name]) => !name.startsWith('$') && !name.startsWith('@')).map(([name]) => name);
ok(sets.includes('Measurements'), 'odata-csdl finds the sets');
strictEqual(model.KpiApi.MeasurementsRow.Project.$ReferentialConstraint.ProjectId, 'ProjectId');

const client = OData.New4({ serviceEndpoint: `${root}/`, commonHeaders: headers });
const all = await client.newRequest({ collection: 'Measurements', params: client.newOptions().count(true).top(5).orderby('DateKey', 'desc').filter(client.newFilter().field('Numerator').gt(0)) });
strictEqual(all.value.length, 5);
ok(all.value[0].DateKey >= all.value[4].DateKey);

const rows = await o(`${root}/`, { headers }).get('KpiDays').query({ $filter: 'Numerator gt 0', $select: 'Value,DateKey', $top: 3 });
strictEqual(rows.length, 3);
strictEqual(Object.keys(rows[0]).sort().join(), 'DateKey,Value');

console.log(`${sets.length} sets, ${all['@odata.count']} rows`);

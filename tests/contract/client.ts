// A client as an integrator would write it: nothing but fetch and the types that openapi-typescript makes of openapi.yaml.
// check.sh compiles it under --strict. It breaks when the contract does.
import type { components, paths } from './kpiapi';

type Problem = components['schemas']['Problem'];
type Answer<Operation> = Operation extends { responses: { 200: { content: { 'application/json': infer Body } } } } ? Body : never;
type PostFacts = paths['/v1/measurements']['post'];
type Facts = NonNullable<PostFacts['requestBody']>['content']['application/json'];
type Steering = Answer<paths['/v1/projects/{project}/steering']['get']>;
type FeedQuery = NonNullable<paths['/v1/feeds/{feed}']['get']['parameters']['query']>;

export class ApiError extends Error {
  constructor(readonly problem: Problem, readonly retryAfterSeconds: number | null) {
    super(`${problem.status} ${problem.code}: ${problem.detail}`);
  }

  get isWorthRetrying(): boolean {
    return (['too-many-requests', 'unavailable', 'storage-full'] satisfies Problem['code'][] as Problem['code'][]).includes(this.problem.code);
  }
}

export class KpiClient {
  constructor(private readonly address: string, private readonly key: string) {}

  async postFacts(facts: Facts, mode: 'atomic' | 'partial' = 'atomic'): Promise<Answer<PostFacts>> {
    const response = await this.send(`/v1/measurements?mode=${mode}`, { method: 'POST', body: JSON.stringify(facts) });
    return (await response.json()) as Answer<PostFacts>;
  }

  async steering(project: string, asOf?: string): Promise<Steering> {
    const query = asOf === undefined ? '' : `?asOf=${asOf}`;
    const response = await this.send(`/v1/projects/${encodeURIComponent(project)}/steering${query}`);
    return (await response.json()) as Steering;
  }

  /** All rows of a feed, page by page. A row's columns are those that GET /v1/feeds lists. */
  async *feed<Row extends object>(name: string, query: Omit<FeedQuery, 'cursor' | 'format'> = {}): AsyncGenerator<Row> {
    let cursor: string | null = null;
    do {
      const text = new URLSearchParams({ limit: '1000', format: 'json' });
      for (const [part, value] of Object.entries(query)) {
        text.set(part, String(value));
      }
      if (cursor !== null) {
        text.set('cursor', cursor);
      }
      const response = await this.send(`/v1/feeds/${encodeURIComponent(name)}?${text}`);
      const page = (await response.json()) as { items: Row[]; nextCursor: string | null };
      yield* page.items;
      cursor = page.nextCursor;
    } while (cursor !== null);
  }

  private async send(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(this.address + path, { ...init, headers: { 'X-Api-Key': this.key, 'Content-Type': 'application/json' } });
    if (response.ok) {
      return response;
    }
    const wait = response.headers.get('Retry-After');
    throw new ApiError((await response.json()) as Problem, wait === null ? null : Number(wait));
  }
}

export async function example(client: KpiClient): Promise<string[]> {
  const receipt = await client.postFacts([
    { project: 'crm', kpi: 'quote-to-order-rate', date: '2025-03-05', numerator: 10, denominator: 40, source: 'erp', externalId: 'quotes-2025-03-05' },
  ], 'partial');
  const lines = receipt.errors.map(row => `row ${row.index}: ${Object.values(row.errors).flat().join(' ')}`);

  const steering = await client.steering('crm', '2025-04-06');
  for (const kpi of steering.kpis) {
    lines.push(`${kpi.kpi}: ${kpi.currentStatus ?? 'no status yet'}, ${kpi.weeks.length} weeks`);
  }

  for await (const week of client.feed<{ Week: string; Drift: number | null }>('kpi-weeks', { select: 'Week,Drift', asOf: '2025-04-06' })) {
    lines.push(`${week.Week}: ${week.Drift ?? ''}`);
  }

  // @ts-expect-error a member that the contract does not have
  void client.postFacts({ project: 'crm', kpi: 'quote-to-order-rate', date: '2025-03-05', nominator: 10 });
  return lines;
}

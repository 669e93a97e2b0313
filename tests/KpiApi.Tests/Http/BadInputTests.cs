using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KpiApi.Access;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Http;

/// <summary>Requests that can be read but must be refused: the status and code of the contract, the pointers, and nothing stored.</summary>
public partial class BadInputTests(BadWorld world) : IClassFixture<BadWorld>
{
    private const string NewKpi = """{"code":"k9","name":{"fr":"a"},"domain":"d","unit":"count","direction":"increase","aggregation":"ratio","threshold":{"kind":"relative","value":0.1}}""";
    private const string NewProject = """{"code":"p9","name":"P","activity":"shop","startsOn":"2026-01-20","currency":"EUR"}""";
    private const string NewProjectKpi = """{"kpi":"rate","purpose":"p"}""";
    private const string Ratio = """{"project":"running","kpi":"rate","date":"2026-01-15","numerator":1,"denominator":2}""";
    private const string Sum = """{"project":"running","kpi":"orders","date":"2026-01-15","value":1}""";
    private const string Entry = """{"kind":"gain","category":"margin","amount":12,"date":"2026-01-15","externalId":"e9"}""";

    private const string Review = """{"reviewedOn":"2026-01-25","kind":"weekly","decision":"adjust"}""";

    // In the JSON below: x*201 is a text of 201 letters.
    public static TheoryData<string, string, int, string?, string?> KpiFaults => new()
    {
        { "POST /v1/kpis", With(NewKpi, """{"code":"Upper"}"""), 422, null, "/code" },
        { "POST /v1/kpis", With(NewKpi, """{"code":"-a"}"""), 422, null, "/code" },
        { "POST /v1/kpis", With(NewKpi, """{"code":"a b"}"""), 422, null, "/code" },
        { "POST /v1/kpis", With(NewKpi, """{"code":"été"}"""), 422, null, "/code" },
        { "POST /v1/kpis", With(NewKpi, """{"code":"a_b"}"""), 422, null, "/code" },
        { "POST /v1/kpis", With(NewKpi, """{"code":"a\n"}"""), 422, null, "/code" },
        { "POST /v1/kpis", With(NewKpi, """{"code":""}"""), 422, null, "/code" },
        { "POST /v1/kpis", With(NewKpi, """{"code":"x*65"}"""), 422, null, "/code" },
        { "POST /v1/kpis", With(NewKpi, """{"name":{}}"""), 422, null, "/name" },
        { "POST /v1/kpis", With(NewKpi, """{"name":{"fr":"x*5000"}}"""), 422, null, "/name/fr" },
        { "POST /v1/kpis", With(NewKpi, """{"domain":"x*5000"}"""), 422, null, "/domain" },
        { "POST /v1/kpis", With(NewKpi, """{"numeratorLabel":"x*5000","denominatorLabel":"x*5000"}"""), 422, null, "/numeratorLabel /denominatorLabel" },
        { "POST /v1/kpis", With(NewKpi, """{"unit":"euro"}"""), 422, null, "/unit" },
        { "POST /v1/kpis", With(NewKpi, """{"unit":"Currency"}"""), 422, null, "/unit" },
        { "POST /v1/kpis", With(NewKpi, """{"direction":"up"}"""), 422, null, "/direction" },
        { "POST /v1/kpis", With(NewKpi, """{"aggregation":"avg"}"""), 422, null, "/aggregation" },
        { "POST /v1/kpis", With(NewKpi, """{"unit":"x","direction":"y","aggregation":"z"}"""), 422, null, "/unit /direction /aggregation" },
        { "POST /v1/kpis", With(NewKpi, """{"perDays":30}"""), 422, null, "/perDays" },
        { "POST /v1/kpis", With(NewKpi, """{"aggregation":"last","perDays":30}"""), 422, null, "/perDays" },
        { "POST /v1/kpis", With(NewKpi, """{"aggregation":"sum","perDays":0}"""), 422, null, "/perDays" },
        { "POST /v1/kpis", With(NewKpi, """{"aggregation":"sum","perDays":-30}"""), 422, null, "/perDays" },
        { "POST /v1/kpis", With(NewKpi, """{"lagDays":-1}"""), 422, null, "/lagDays" },
        { "POST /v1/kpis", With(NewKpi, """{"threshold":{"kind":"rel","value":0.1}}"""), 422, null, "/threshold/kind" },
        { "POST /v1/kpis", With(NewKpi, """{"threshold":{"kind":"relative","value":0}}"""), 422, null, "/threshold/value" },
        { "POST /v1/kpis", With(NewKpi, """{"threshold":{"kind":"points","value":0}}"""), 422, null, "/threshold/value" },
        { "POST /v1/kpis", With(NewKpi, """{"threshold":{"kind":"relative","value":-0.1}}"""), 422, null, "/threshold/value" },
        { "POST /v1/kpis", With(NewKpi, """{"threshold":{"kind":"points","value":-0.1}}"""), 422, null, "/threshold/value" },
        { "POST /v1/kpis", With(NewKpi, """{"direction":"decrease"}"""), 422, null, "/threshold/value" },
        { "POST /v1/kpis", With(NewKpi, """{"threshold":{"kind":"absolute","value":1e400}}"""), 422, null, "/threshold/value" },
        { "POST /v1/kpis", With(NewKpi, """{"threshold":{"kind":"absolute","value":-1.1e9}}"""), 422, null, "/threshold/value" },
        { "POST /v1/kpis", With(NewKpi, """{"aggregation":"ledger"}"""), 422, null, "/threshold/kind" },
        { "POST /v1/kpis", With(NewKpi, """{"aggregation":"ledger","threshold":{"kind":"points","value":0.1}}"""), 422, null, "/threshold/kind" },
        { "POST /v1/kpis", With(NewKpi, """{"code":"rate"}"""), 409, "already-exists", null },
        { "POST /v1/kpis", With(NewKpi, """{"code":"cost-per-lead"}"""), 409, "already-exists", null },
        { "PATCH /v1/kpis/spare", """{"code":"other"}""", 422, null, "/code" },
        { "PATCH /v1/kpis/spare", """{"threshold":{"value":-0.1}}""", 422, null, "/threshold/value" },
        { "PATCH /v1/kpis/spare", """{"perDays":7}""", 422, null, "/perDays" },
        { "PATCH /v1/kpis/absent", """{"domain":"d"}""", 404, "not-found", null },
        { "PATCH /v1/kpis/cost-per-lead", """{"domain":"d"}""", 409, "read-only", null },
        { "DELETE /v1/kpis/cost-per-lead", "", 409, "read-only", null },
        { "PATCH /v1/kpis/rate", """{"direction":"decrease","threshold":{"value":-0.1}}""", 409, "in-use", null },
        { "PATCH /v1/kpis/rate", """{"aggregation":"last"}""", 409, "in-use", null },
        { "PATCH /v1/kpis/rate", """{"unit":"percent"}""", 409, "in-use", null },
        { "PATCH /v1/kpis/orders", """{"perDays":7}""", 409, "in-use", null },
        { "PATCH /v1/kpis/orders", """{"perDays":null}""", 409, "in-use", null },
        { "DELETE /v1/kpis/rate", "", 409, "in-use", null },
        { "DELETE /v1/kpis/absent", "", 404, "not-found", null },
    };

    public static TheoryData<string, string, int, string?, string?> ActivityFaults => new()
    {
        { "POST /v1/activities", """{"code":"Upper","name":"n"}""", 422, null, "/code" },
        { "POST /v1/activities", """{"code":"a1","name":""}""", 422, null, "/name" },
        { "POST /v1/activities", """{"code":"a1","name":"  "}""", 422, null, "/name" },
        { "POST /v1/activities", """{"code":"a1","name":"x*5000"}""", 422, null, "/name" },
        { "POST /v1/activities", """{"code":"shop","name":"n"}""", 409, "already-exists", null },
        { "PATCH /v1/activities/web", """{"code":"other"}""", 422, null, "/code" },
        { "PATCH /v1/activities/absent", """{"name":"n"}""", 404, "not-found", null },
        { "DELETE /v1/activities/shop", "", 409, "in-use", null },
        { "DELETE /v1/activities/absent", "", 404, "not-found", null },
        { "PUT /v1/activities/web/north-star", """{"kpi":"absent","purpose":"p"}""", 422, null, "/kpi" },
        { "PUT /v1/activities/web/north-star", """{"kpi":"project-roi","purpose":"p"}""", 422, null, "/kpi" },
        { "PUT /v1/activities/web/north-star", """{"kpi":"rate","purpose":" "}""", 422, null, "/purpose" },
        { "PUT /v1/activities/web/north-star", """{"kpi":"rate","purpose":"x*5000"}""", 422, null, "/purpose" },
        { "PUT /v1/activities/absent/north-star", """{"kpi":"rate","purpose":"p"}""", 404, "not-found", null },
        { "DELETE /v1/activities/web/north-star", "", 404, "not-found", null },
    };

    public static TheoryData<string, string, int, string?, string?> ProjectFaults => new()
    {
        { "POST /v1/projects", With(NewProject, """{"code":"P9"}"""), 422, null, "/code" },
        { "POST /v1/projects", With(NewProject, """{"code":"draft"}"""), 409, "already-exists", null },
        { "POST /v1/projects", With(NewProject, """{"activity":"absent"}"""), 422, null, "/activity" },
        { "POST /v1/projects", With(NewProject, """{"template":"absent"}"""), 422, null, "/template" },
        { "POST /v1/projects", With(NewProject, """{"startsOn":"2025-02-30"}"""), 422, null, "/startsOn" },
        { "POST /v1/projects", With(NewProject, """{"startsOn":"2025-02-29"}"""), 422, null, "/startsOn" },
        { "POST /v1/projects", With(NewProject, """{"startsOn":"2014-12-31"}"""), 422, null, "/startsOn" },
        { "POST /v1/projects", With(NewProject, """{"startsOn":"2050-01-01"}"""), 422, null, "/startsOn" },
        { "POST /v1/projects", With(NewProject, """{"startsOn":"01/02/2026"}"""), 422, null, "/startsOn" },
        { "POST /v1/projects", With(NewProject, """{"startsOn":"2026-1-1"}"""), 422, null, "/startsOn" },
        { "POST /v1/projects", With(NewProject, """{"startsOn":"20260101"}"""), 422, null, "/startsOn" },
        { "POST /v1/projects", With(NewProject, """{"startsOn":"2026-01-20T00:00:00Z"}"""), 422, null, "/startsOn" },
        { "POST /v1/projects", With(NewProject, """{"startsOn":" 2026-01-20"}"""), 422, null, "/startsOn" },
        { "POST /v1/projects", With(NewProject, """{"startsOn":""}"""), 422, null, "/startsOn" },
        { "POST /v1/projects", With(NewProject, """{"startsOn":"٢٠٢٦-٠١-٢٠"}"""), 422, null, "/startsOn" },
        { "POST /v1/projects", With(NewProject, """{"currency":"euro"}"""), 422, null, "/currency" },
        { "POST /v1/projects", With(NewProject, """{"currency":"eur"}"""), 422, null, "/currency" },
        { "POST /v1/projects", With(NewProject, """{"currency":"EUR\n"}"""), 422, null, "/currency" },
        { "POST /v1/projects", With(NewProject, """{"name":"x*5000"}"""), 422, null, "/name" },
        { "POST /v1/projects", With(NewProject, """{"objective":"x*50000"}"""), 422, null, "/objective" },
        { "POST /v1/projects", With(NewProject, """{"baselineDays":6}"""), 422, null, "/baselineDays" },
        { "POST /v1/projects", With(NewProject, """{"baselineDays":91}"""), 422, null, "/baselineDays" },
        { "POST /v1/projects", With(NewProject, """{"horizonDays":13,"baselineDays":7}"""), 422, null, "/horizonDays" },
        { "POST /v1/projects", With(NewProject, """{"horizonDays":366}"""), 422, null, "/horizonDays" },
        { "POST /v1/projects", With(NewProject, """{"horizonDays":29}"""), 422, null, "/horizonDays" },
        { "POST /v1/projects", With(NewProject, """{"horizonDays":60,"baselineDays":61}"""), 422, null, "/horizonDays" },
        { "POST /v1/projects", With(NewProject, """{"roiThreshold":1e400}"""), 422, null, "/roiThreshold" },
        { "POST /v1/projects", With(NewProject, """{"reviewCadenceDays":0}"""), 422, null, "/reviewCadenceDays" },
        { "POST /v1/projects", With(NewProject, """{"code":"","name":"","currency":"x","startsOn":"y"}"""), 422, null, "/code /name /currency /startsOn" },
        { "PATCH /v1/projects/draft", """{"code":"other"}""", 422, null, "/code" },
        { "PATCH /v1/projects/draft", """{"activity":"absent"}""", 422, null, "/activity" },
        { "PATCH /v1/projects/draft", """{"startsOn":"2025-02-30"}""", 422, null, "/startsOn" },
        { "PATCH /v1/projects/draft", """{"horizonDays":20}""", 422, null, "/horizonDays" },
        { "PATCH /v1/projects/absent", """{"name":"n"}""", 404, "not-found", null },
        { "PATCH /v1/projects/running", """{"startsOn":"2026-01-02"}""", 409, "sealed", null },
        { "PATCH /v1/projects/running", """{"horizonDays":91}""", 409, "sealed", null },
        { "PATCH /v1/projects/running", """{"horizonDays":120,"name":"also"}""", 409, "sealed", null },
        { "PATCH /v1/projects/running", """{"baselineDays":31}""", 409, "sealed", null },
        { "PATCH /v1/projects/running", """{"currency":"USD"}""", 409, "sealed", null },
        { "PATCH /v1/projects/running", """{"activity":"web"}""", 409, "sealed", null },
        { "PATCH /v1/projects/running", """{"roiThreshold":2}""", 409, "sealed", null },
        { "PATCH /v1/projects/closed", """{"startsOn":"2026-01-02"}""", 409, "sealed", null },
        { "DELETE /v1/projects/running", "", 409, null, null },
        { "DELETE /v1/projects/closed", "", 409, null, null },
        { "DELETE /v1/projects/draft", "", 409, "in-use", null },
        { "DELETE /v1/projects/absent", "", 404, "not-found", null },
    };

    public static TheoryData<string, string, int, string?, string?> ProjectKpiFaults => new()
    {
        { "POST /v1/projects/draft/kpis", With(NewProjectKpi, """{"kpi":"tickets"}"""), 409, "too-many-kpis", null },
        { "POST /v1/projects/bare/kpis", NewProjectKpi, 409, "already-exists", null },
        { "POST /v1/projects/absent/kpis", NewProjectKpi, 404, "not-found", null },
        { "POST /v1/projects/room/kpis", With(NewProjectKpi, """{"purpose":""}"""), 422, null, "/purpose" },
        { "POST /v1/projects/room/kpis", With(NewProjectKpi, """{"purpose":" \t\n"}"""), 422, null, "/purpose" },
        { "POST /v1/projects/room/kpis", With(NewProjectKpi, """{"purpose":"x*5000"}"""), 422, null, "/purpose" },
        { "POST /v1/projects/room/kpis", With(NewProjectKpi, """{"kpi":"absent"}"""), 422, null, "/kpi" },
        { "POST /v1/projects/room/kpis", With(NewProjectKpi, """{"target":{"kind":"relative","value":-0.1}}"""), 422, null, "/target/value" },
        { "POST /v1/projects/room/kpis", With(NewProjectKpi, """{"target":{"kind":"points","value":-0.1}}"""), 422, null, "/target/value" },
        { "POST /v1/projects/room/kpis", With(NewProjectKpi, """{"target":{"kind":"relative","value":0}}"""), 422, null, "/target/value" },
        { "POST /v1/projects/room/kpis", With(NewProjectKpi, """{"target":{"kind":"rise","value":1}}"""), 422, null, "/target/kind" },
        { "POST /v1/projects/room/kpis", With(NewProjectKpi, """{"target":{"kind":"absolute","value":1e400}}"""), 422, null, "/target/value" },
        { "POST /v1/projects/bare/kpis", """{"kpi":"tickets","purpose":"p","target":{"kind":"relative","value":0.1}}""", 422, null, "/target/value" },
        { "POST /v1/projects/bare/kpis", """{"kpi":"project-roi","purpose":"p","target":{"kind":"relative","value":0.1}}""", 422, null, "/target/kind" },
        { "POST /v1/projects/bare/kpis", """{"kpi":"project-roi","purpose":"p","target":{"kind":"points","value":0.1}}""", 422, null, "/target/kind" },
        { "POST /v1/projects/bare/kpis", """{"kpi":"project-roi","purpose":"p","declaredBaseline":{"value":1,"note":"n"}}""", 422, null, "/declaredBaseline" },
        { "POST /v1/projects/room/kpis", With(NewProjectKpi, """{"declaredBaseline":{"value":1,"note":""}}"""), 422, null, "/declaredBaseline/note" },
        { "POST /v1/projects/room/kpis", With(NewProjectKpi, """{"declaredBaseline":{"value":1e400,"note":"n"}}"""), 422, null, "/declaredBaseline/value" },
        { "POST /v1/projects/room/kpis", With(NewProjectKpi, """{"declaredBaseline":{"value":1.1e9,"note":"n"}}"""), 422, null, "/declaredBaseline/value" },
        { "POST /v1/projects/room/kpis", With(NewProjectKpi, """{"declaredBaseline":{"value":1,"note":"x*50000"}}"""), 422, null, "/declaredBaseline/note" },
        { "POST /v1/projects/room/kpis", With(NewProjectKpi, """{"tolerance":-0.1}"""), 422, null, "/tolerance" },
        { "POST /v1/projects/room/kpis", With(NewProjectKpi, """{"graceDays":-1}"""), 422, null, "/graceDays" },
        { "POST /v1/projects/room/kpis", With(NewProjectKpi, """{"lagDays":-1}"""), 422, null, "/lagDays" },
        { "PATCH /v1/projects/draft/kpis/rate", """{"kpi":"tickets"}""", 422, null, "/kpi" },
        { "PATCH /v1/projects/draft/kpis/rate", """{"purpose":""}""", 422, null, "/purpose" },
        { "PATCH /v1/projects/draft/kpis/rate", """{"target":{"kind":"points","value":-1}}""", 422, null, "/target/value" },
        { "PATCH /v1/projects/draft/kpis/project-roi", """{"declaredBaseline":{"value":1,"note":"n"}}""", 422, null, "/declaredBaseline" },
        { "PATCH /v1/projects/draft/kpis/tickets", """{"purpose":"p"}""", 404, "not-found", null },
        { "PATCH /v1/projects/running/kpis/rate", """{"target":{"kind":"relative","value":0.5}}""", 409, "sealed", null },
        { "PATCH /v1/projects/running/kpis/rate", """{"tolerance":0.01}""", 409, "sealed", null },
        { "PATCH /v1/projects/running/kpis/rate", """{"graceDays":1}""", 409, "sealed", null },
        { "PATCH /v1/projects/running/kpis/rate", """{"lagDays":1}""", 409, "sealed", null },
        { "PATCH /v1/projects/running/kpis/rate", """{"declaredBaseline":{"value":1,"note":"n"}}""", 409, "sealed", null },
        { "PATCH /v1/projects/running/kpis/rate", """{"servesNorthStar":false}""", 409, "sealed", null },
        { "PATCH /v1/projects/running/kpis/rate", """{"purpose":"q","tolerance":0.01}""", 409, "sealed", null },
        { "POST /v1/projects/closed/kpis", """{"kpi":"tickets","purpose":"p"}""", 409, "sealed", null },
        { "DELETE /v1/projects/running/kpis/rate", "", 409, "sealed", null },
        { "DELETE /v1/projects/draft/kpis/rate", "", 409, "in-use", null },
        { "DELETE /v1/projects/draft/kpis/tickets", "", 404, "not-found", null },
    };

    public static TheoryData<string, string, int, string?, string?> LaunchFaults => new()
    {
        { "POST /v1/projects/bare/launch", "{}", 409, "missing-baseline", null },
        { "POST /v1/projects/bare/launch", """{"allowImmatureBaseline":true}""", 409, "missing-baseline", null },
        { "POST /v1/projects/late/launch", "", 409, "immature-baseline", null },
        { "POST /v1/projects/late/launch", """{"allowMissingBaseline":true}""", 409, "immature-baseline", null },
        { "POST /v1/projects/zero/launch", "{}", 409, "target-needs-baseline", null },
        { "POST /v1/projects/zero/launch", """{"allowMissingBaseline":true,"allowImmatureBaseline":true}""", 409, "target-needs-baseline", null },
        { "POST /v1/projects/future/launch", "{}", 409, null, null },
        { "POST /v1/projects/running/launch", "{}", 409, "sealed", null },
        { "POST /v1/projects/closed/launch", """{"allowMissingBaseline":true,"allowImmatureBaseline":true}""", 409, "sealed", null },
        { "POST /v1/projects/absent/launch", "{}", 404, "not-found", null },
        { "POST /v1/projects/draft/close", "{}", 409, null, null },
        { "POST /v1/projects/running/close", """{"closedOn":"2025-12-31"}""", 422, null, "/closedOn" },
        { "POST /v1/projects/running/close", """{"closedOn":"2026-02-03"}""", 422, null, "/closedOn" },
        { "POST /v1/projects/running/close", """{"closedOn":"2025-02-30"}""", 422, null, "/closedOn" },
        { "POST /v1/projects/running/close", """{"closedOn":""}""", 422, null, "/closedOn" },
        { "POST /v1/projects/closed/close", "{}", 409, null, null },
        { "POST /v1/projects/absent/close", "{}", 404, "not-found", null },
    };

    public static TheoryData<string, string, int, string?, string?> FactFaults => new()
    {
        { "POST /v1/measurements", With(Ratio, """{"project":"absent"}"""), 422, null, "/project" },
        { "POST /v1/measurements", """{"activity":"absent","kpi":"rate","date":"2026-01-15","numerator":1,"denominator":2}""", 422, null, "/activity" },
        { "POST /v1/measurements", """{"activity":"web","kpi":"rate","date":"2026-01-15","numerator":1,"denominator":2}""", 422, null, null },
        { "POST /v1/measurements", With(Ratio, """{"kpi":"absent"}"""), 422, null, "/kpi" },
        { "POST /v1/measurements", With(Ratio, """{"kpi":"spare"}"""), 422, null, "/kpi" },
        { "POST /v1/measurements", With(Ratio, """{"activity":"shop"}"""), 422, null, null },
        { "POST /v1/measurements", """{"kpi":"rate","date":"2026-01-15","numerator":1,"denominator":2}""", 422, null, null },
        { "POST /v1/measurements", With(Ratio, """{"timestamp":"2026-01-15T10:00:00Z"}"""), 422, null, null },
        { "POST /v1/measurements", """{"project":"running","kpi":"rate","numerator":1,"denominator":2}""", 422, null, null },
        { "POST /v1/measurements", With(Ratio, """{"date":"2025-02-30"}"""), 422, null, "/date" },
        { "POST /v1/measurements", With(Ratio, """{"date":"2014-12-31"}"""), 422, null, "/date" },
        { "POST /v1/measurements", With(Ratio, """{"date":"2050-01-01"}"""), 422, null, "/date" },
        { "POST /v1/measurements", With(Ratio, """{"date":"2026-1-5"}"""), 422, null, "/date" },
        { "POST /v1/measurements", With(Ratio, """{"date":""}"""), 422, null, "/date" },
        { "POST /v1/measurements", With(Ratio, """{"date":"2026-02-03"}"""), 422, null, "/date" },
        { "POST /v1/measurements", With(Ratio, """{"date":"2026-01-15T10:00:00Z"}"""), 422, null, "/date" },
        { "POST /v1/measurements", Timed("2026-01-15"), 422, null, "/timestamp" },
        { "POST /v1/measurements", Timed("2026-01-15T10:00:00Z\\n"), 422, null, "/timestamp" },
        { "POST /v1/measurements", Timed("2026-01-15T10:00:001Z"), 422, null, "/timestamp" },
        { "POST /v1/measurements", Timed("2026-01-15T10:00:00.Z"), 422, null, "/timestamp" },
        { "POST /v1/measurements", Timed("2026-01-15T10:00:00"), 422, null, "/timestamp" },
        { "POST /v1/measurements", Timed("2026-13-15T10:00:00Z"), 422, null, "/timestamp" },
        { "POST /v1/measurements", Timed("2025-02-30T10:00:00Z"), 422, null, "/timestamp" },
        { "POST /v1/measurements", Timed("2026-01-15T25:00:00Z"), 422, null, "/timestamp" },
        { "POST /v1/measurements", Timed("2014-12-31T10:00:00Z"), 422, null, "/timestamp" },
        { "POST /v1/measurements", Timed("2050-01-02T10:00:00Z"), 422, null, "/timestamp" },
        { "POST /v1/measurements", Timed("2026-02-02T13:00:00Z"), 422, null, "/timestamp" },
        { "POST /v1/measurements", Timed("2026-02-02T12:00:00-01:00"), 422, null, "/timestamp" },
        { "POST /v1/measurements", Timed("yesterday"), 422, null, "/timestamp" },
        { "POST /v1/measurements", """{"project":"running","kpi":"rate","date":"2026-01-15","numerator":1}""", 422, "denominator-required", "/denominator" },
        { "POST /v1/measurements", """{"project":"running","kpi":"rate","date":"2026-01-15","denominator":1}""", 422, "denominator-required", "/numerator" },
        { "POST /v1/measurements", """{"project":"running","kpi":"rate","date":"2026-01-15","value":1}""", 422, "denominator-required", null },
        { "POST /v1/measurements", """{"project":"running","kpi":"rate","date":"2026-01-15"}""", 422, "denominator-required", null },
        { "POST /v1/measurements", With(Ratio, """{"value":1}"""), 422, null, "/value" },
        { "POST /v1/measurements", With(Sum, """{"numerator":1}"""), 422, null, "/numerator" },
        { "POST /v1/measurements", With(Sum, """{"denominator":1}"""), 422, null, "/denominator" },
        { "POST /v1/measurements", """{"project":"running","kpi":"orders","date":"2026-01-15"}""", 422, null, "/value" },
        { "POST /v1/measurements", """{"project":"room","kpi":"tickets","date":"2026-01-15","numerator":1,"denominator":1}""", 422, null, null },
        { "POST /v1/measurements", """{"project":"running","kpi":"project-roi","date":"2026-01-15","value":1}""", 422, null, "/kpi" },
        { "POST /v1/measurements", """{"project":"running","kpi":"project-roi","date":"2026-01-15","numerator":1,"denominator":1}""", 422, null, "/kpi" },
        { "POST /v1/measurements", With(Sum, """{"value":1e400}"""), 422, null, "/value" },
        { "POST /v1/measurements", With(Sum, """{"value":-1E+99999999999999999999}"""), 422, null, "/value" },
        { "POST /v1/measurements", With(Sum, """{"value":1000000000.0000001}"""), 422, null, "/value" },
        { "POST /v1/measurements", With(Sum, """{"value":-1000000000.0000001}"""), 422, null, "/value" },
        { "POST /v1/measurements", With(Sum, """{"value":1000000000.000001}"""), 422, null, "/value" },
        { "POST /v1/measurements", With(Sum, """{"value":1000000001}"""), 422, null, "/value" },
        { "POST /v1/measurements", With(Sum, """{"value":9223372036854775808}"""), 422, null, "/value" },
        { "POST /v1/measurements", With(Ratio, """{"numerator":1e10,"denominator":-1e10}"""), 422, null, "/numerator /denominator" },
        { "POST /v1/measurements", With(Ratio, """{"source":"x*5000","externalId":"x*5000"}"""), 422, null, "/source /externalId" },
        { "POST /v1/measurements", With(Ratio, """{"note":"x*50000"}"""), 422, null, "/note" },
        { "POST /v1/measurements", With(Ratio, """{"project":"closed","date":"2026-01-21"}"""), 422, null, "/date" },
        { "POST /v1/measurements", With(Timed("2026-01-20T23:00:00Z"), """{"project":"closed"}"""), 422, null, null },
        { "POST /v1/measurements", $"[{Sum},{With(Sum, """{"value":2}""")}]", 422, "ambiguous-identity", "/1" },
        { "POST /v1/measurements", $"[{Sum},{Sum},{Ratio},{With(Sum, """{"value":2}""")}]", 422, "ambiguous-identity", "/3" },
        { "POST /v1/measurements", $"[{Timed("2026-01-15T10:00:00Z")},{With(Timed("2026-01-15T11:00:00+01:00"), """{"numerator":9}""")}]", 422, "ambiguous-identity", "/1" },
        { "POST /v1/measurements", $"[{Sum},{With(Ratio, """{"date":"2025-02-30"}""")},{Ratio},{With(Sum, """{"project":"absent"}""")}]", 422, null, "/1/date /3/project" },
        { "POST /v1/measurements", $"[{With(Sum, """{"value":1e10}""")},{With(Ratio, """{"denominator":null}""")}]", 422, null, "/0/value /1/denominator" },
        { "POST /v1/measurements", $"[{Ratio},null]", 400, null, "/1" },
        { "POST /v1/measurements", $$"""[{{Ratio}},{"project":1,"kpi":"rate"},[]]""", 400, null, "/1/project /2" },
        { "POST /v1/measurements?mode=all", Ratio, 400, null, null },
        { "POST /v1/measurements?mode=", Ratio, 400, null, null },
        { "POST /v1/measurements?mode=Atomic", Ratio, 400, null, null },
        { "POST /v1/measurements?dryRun=1", Ratio, 400, null, null },
        { "POST /v1/measurements?dryRun=yes", Ratio, 400, null, null },
        { "DELETE /v1/measurements/999999", "", 404, "not-found", null },
        { "DELETE /v1/measurements/abc", "", 404, "not-found", null },
        { "DELETE /v1/measurements/-1", "", 404, "not-found", null },
        { "DELETE /v1/measurements/99999999999999999999", "", 404, "not-found", null },
    };

    public static TheoryData<string, string, int, string?, string?> ReviewFaults => new()
    {
        { "POST /v1/projects/running/reviews", "{}", 422, null, "/reviewedOn /kind /decision" },
        { "POST /v1/projects/running/reviews", With(Review, """{"kind":"daily"}"""), 422, null, "/kind" },
        { "POST /v1/projects/running/reviews", With(Review, """{"decision":"insufficient_data"}"""), 422, null, "/decision" },
        { "POST /v1/projects/running/reviews", With(Review, """{"note":"x*2001"}"""), 422, null, "/note" },
        { "POST /v1/projects/running/reviews", With(Review, """{"reviewedOn":"2026-02-30"}"""), 422, null, "/reviewedOn" },
        { "POST /v1/projects/running/reviews", With(Review, """{"reviewedOn":"2014-12-31"}"""), 422, null, "/reviewedOn" },
        { "POST /v1/projects/running/reviews", With(Review, """{"reviewedOn":"2025-12-31"}"""), 422, null, "/reviewedOn" },
        { "POST /v1/projects/running/reviews", With(Review, """{"reviewedOn":"2026-02-03"}"""), 422, null, "/reviewedOn" },
        { "POST /v1/projects/running/reviews", With(Review, """{"snapshot":{"asOf":"2026-01-25"}}"""), 400, "malformed-request", null },
        { "POST /v1/projects/running/reviews", With(Review, """{"actions":"none"}"""), 400, "malformed-request", null },
        { "POST /v1/projects/running/reviews", With(Review, """{"actions":null}"""), 409, "already-exists", null },
        { "POST /v1/projects/running/reviews", Acting("null"), 400, "malformed-request", "/actions/0" },
        { "POST /v1/projects/running/reviews", Acting("""{"text":"a"},null"""), 400, "malformed-request", "/actions/1" },
        { "POST /v1/projects/running/reviews", Acting("{}"), 422, null, "/actions/0/text" },
        { "POST /v1/projects/running/reviews", Acting("""{"text":" "}"""), 422, null, "/actions/0/text" },
        { "POST /v1/projects/running/reviews", Acting("""{"text":"x*1001"}"""), 422, null, "/actions/0/text" },
        { "POST /v1/projects/running/reviews", Acting("""{"text":"a","owner":"x*201"}"""), 422, null, "/actions/0/owner" },
        { "POST /v1/projects/running/reviews", Acting("""{"text":"a","dueOn":"soon"}"""), 422, null, "/actions/0/dueOn" },
        { "POST /v1/projects/running/reviews", Acting("""{"text":"a"},{"text":"b","dueOn":"2026-01-24"}"""), 422, null, "/actions/1/dueOn" },
        { "POST /v1/projects/running/reviews", Acting("""{"text":"a","doneOn":"2026-01-25"}"""), 400, "malformed-request", null },
        { "POST /v1/projects/running/reviews", Acting(string.Join(',', Enumerable.Repeat("""{"text":"a"}""", 51))), 422, null, "/actions" },
        { "POST /v1/projects/running/reviews", Review, 409, "already-exists", null },
        { "POST /v1/projects/draft/reviews", Review, 409, "not-launched", null },
        { "POST /v1/projects/absent/reviews", Review, 404, "not-found", null },
        { "GET /v1/projects/absent/reviews", "", 404, "not-found", null },
        { "GET /v1/projects/running/reviews/999999", "", 404, "not-found", null },
        { "GET /v1/projects/running/reviews/one", "", 404, "not-found", null },
        { "GET /v1/projects/closed/reviews/{review}", "", 404, "not-found", null },
        { "GET /v1/projects/running/reviews?from=January", "", 400, "malformed-request", null },
        { "PATCH /v1/projects/running/reviews/{review}/actions/1", """{"doneOn":"2026-01-24"}""", 422, null, "/doneOn" },
        { "PATCH /v1/projects/running/reviews/{review}/actions/1", """{"doneOn":"2026-02-03"}""", 422, null, "/doneOn" },
        { "PATCH /v1/projects/running/reviews/{review}/actions/1", """{"doneOn":"today"}""", 422, null, "/doneOn" },
        { "PATCH /v1/projects/running/reviews/{review}/actions/1", """{"doneOn":true}""", 400, "malformed-request", null },
        { "PATCH /v1/projects/running/reviews/{review}/actions/1", """{"text":"Something else"}""", 400, "malformed-request", null },
        { "PATCH /v1/projects/running/reviews/{review}/actions/1", """{"dueOn":"2026-03-01"}""", 400, "malformed-request", null },
        { "PATCH /v1/projects/running/reviews/{review}/actions/2", """{"doneOn":"2026-02-01"}""", 404, "not-found", null },
        { "PATCH /v1/projects/running/reviews/{review}/actions/first", """{"doneOn":"2026-02-01"}""", 404, "not-found", null },
        { "PATCH /v1/projects/closed/reviews/{review}/actions/1", """{"doneOn":"2026-02-01"}""", 404, "not-found", null },
        { "PATCH /v1/projects/running/reviews/{review}", """{"decision":"stop"}""", 405, "method-not-allowed", null },
        { "DELETE /v1/projects/running/reviews/{review}", "", 405, "method-not-allowed", null },
    };

    public static TheoryData<string, string, int, string?, string?> LedgerFaults => new()
    {
        { "POST /v1/projects/running/ledger", With(Entry, """{"kind":"income"}"""), 422, null, "/kind" },
        { "POST /v1/projects/running/ledger", With(Entry, """{"kind":""}"""), 422, null, "/kind" },
        { "POST /v1/projects/running/ledger", With(Entry, """{"category":""}"""), 422, null, "/category" },
        { "POST /v1/projects/running/ledger", With(Entry, """{"category":"x*5000"}"""), 422, null, "/category" },
        { "POST /v1/projects/running/ledger", With(Entry, """{"amount":0}"""), 422, null, "/amount" },
        { "POST /v1/projects/running/ledger", With(Entry, """{"amount":-0.0}"""), 422, null, "/amount" },
        { "POST /v1/projects/running/ledger", With(Entry, """{"amount":0.00004}"""), 422, null, "/amount" },
        { "POST /v1/projects/running/ledger", With(Entry, """{"amount":-0.000049999}"""), 422, null, "/amount" },
        { "POST /v1/projects/running/ledger", With(Entry, """{"amount":1e-400}"""), 422, null, "/amount" },
        { "POST /v1/projects/running/ledger", With(Entry, """{"amount":100000000001}"""), 422, null, "/amount" },
        { "POST /v1/projects/running/ledger", With(Entry, """{"amount":-1e12}"""), 422, null, "/amount" },
        { "POST /v1/projects/running/ledger", With(Entry, """{"amount":1e400}"""), 422, null, "/amount" },
        { "POST /v1/projects/running/ledger", With(Entry, """{"date":"2025-02-30"}"""), 422, null, "/date" },
        { "POST /v1/projects/running/ledger", With(Entry, """{"date":"2014-12-31"}"""), 422, null, "/date" },
        { "POST /v1/projects/running/ledger", With(Entry, """{"date":"2050-01-01"}"""), 422, null, "/date" },
        { "POST /v1/projects/running/ledger", With(Entry, """{"date":"2026-02-03"}"""), 422, null, "/date" },
        { "POST /v1/projects/running/ledger", With(Entry, """{"evidence":"guess"}"""), 422, null, "/evidence" },
        { "POST /v1/projects/running/ledger", With(Entry, """{"label":"x*5000","source":"x*5000","externalId":"x*5000"}"""), 422, null, "/label /source /externalId" },
        { "POST /v1/projects/running/ledger", $"[{Entry},{With(Entry, """{"kind":"x","amount":0,"externalId":"e10"}""")}]", 422, null, "/1/kind /1/amount" },
        { "POST /v1/projects/running/ledger", $$"""[{{Entry}},{"kind":"gain","category":"c","amount":1,"date":"2026-01-15"}]""", 400, "identity-required", "/1/externalId" },
        { "POST /v1/projects/running/ledger", """{"kind":"gain","category":"c","amount":1,"date":"2026-01-15","externalId":null}""", 400, "identity-required", "/externalId" },
        { "POST /v1/projects/running/ledger?dryRun=true", """{"kind":"gain","category":"c","amount":1,"date":"2026-01-15"}""", 400, "identity-required", null },
        { "POST /v1/projects/running/ledger", $"[{Entry},null]", 400, null, "/1" },
        { "POST /v1/projects/running/ledger?mode=some", Entry, 400, null, null },
        { "POST /v1/projects/running/ledger?dryRun=0", Entry, 400, null, null },
        { "POST /v1/projects/absent/ledger", Entry, 404, "not-found", null },
        { "DELETE /v1/projects/running/ledger/999999", "", 404, "not-found", null },
        { "DELETE /v1/projects/running/ledger/abc", "", 404, "not-found", null },
    };

    public static TheoryData<string> QueryFaults
    {
        get
        {
            var data = new TheoryData<string>();
            string[] lists = ["/v1/kpis", "/v1/activities", "/v1/projects", "/v1/measurements", "/v1/projects/running/ledger", "/v1/portfolio"];
            foreach (var list in lists)
            {
                foreach (var query in new[] { "limit=0", "limit=1001", "limit=abc", "limit=-1", "limit=1.5", "limit=", "limit=99999999999", "limit=1&limit=2", "cursor=", "cursor=abc", "cursor=!!!", "cursor=%00", "cursor=bnVsbA", "cursor=W10", "cursor=WyJrcGlzIiwxLDJd" })
                {
                    data.Add($"{list}?{query}");
                }
            }

            foreach (var figures in new[] { "/v1/projects/running/steering", "/v1/projects/running/roi", "/v1/projects/running/baseline", "/v1/projects/running/kpis/rate/series", "/v1/portfolio", "/v1/activities/shop/north-star", "/v1/feeds/kpi-weeks", "/v1/projects/running/reviews", "/v1/projects/running/pack" })
            {
                foreach (var day in new[] { "2026-02-03", "2050-01-01", "2025-02-30", "2014-12-31", "yesterday", "", "2026-1-1", "2026-01-01T00:00:00Z", "0001-01-01" })
                {
                    data.Add($"{figures}?asOf={day}");
                }
            }

            foreach (var query in new[] { "grain=year", "grain=", "grain=Day", "from=abc", "to=2025-02-30" })
            {
                data.Add($"/v1/projects/running/kpis/rate/series?{query}");
            }

            foreach (var query in new[] { "from=abc", "to=2025-02-30", "from=" })
            {
                data.Add($"/v1/measurements?{query}");
                data.Add($"/v1/projects/running/ledger?{query}");
            }

            foreach (var query in new[] { "status=open", "status=", "status=Draft", "sort=size", "sort=", "sort=-code%20" })
            {
                data.Add($"/v1/projects?{query}");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(KpiFaults))]
    public Task A_faulty_KPI_is_refused(string request, string body, int status, string? code, string? pointers) => Refused(request, body, status, code, pointers);

    [Theory]
    [MemberData(nameof(ActivityFaults))]
    public Task A_faulty_activity_is_refused(string request, string body, int status, string? code, string? pointers) => Refused(request, body, status, code, pointers);

    [Theory]
    [MemberData(nameof(ProjectFaults))]
    public Task A_faulty_project_is_refused(string request, string body, int status, string? code, string? pointers) => Refused(request, body, status, code, pointers);

    [Theory]
    [MemberData(nameof(ProjectKpiFaults))]
    public Task A_faulty_project_KPI_is_refused(string request, string body, int status, string? code, string? pointers) => Refused(request, body, status, code, pointers);

    [Theory]
    [MemberData(nameof(LaunchFaults))]
    public Task A_launch_or_close_against_the_rules_is_refused(string request, string body, int status, string? code, string? pointers) => Refused(request, body, status, code, pointers);

    [Theory]
    [MemberData(nameof(FactFaults))]
    public Task A_faulty_fact_is_refused(string request, string body, int status, string? code, string? pointers) => Refused(request, body, status, code, pointers);

    [Theory]
    [MemberData(nameof(ReviewFaults))]
    public Task A_faulty_review_is_refused(string request, string body, int status, string? code, string? pointers) => Refused(request, body, status, code, pointers);

    [Theory]
    [MemberData(nameof(LedgerFaults))]
    public Task A_faulty_ledger_entry_is_refused(string request, string body, int status, string? code, string? pointers) => Refused(request, body, status, code, pointers);

    [Theory]
    [MemberData(nameof(QueryFaults))]
    public Task A_wrong_query_value_is_400(string path) => Refused("GET " + path, "", 400, "malformed-request", null);

    [Theory]
    [InlineData("GET /v1/measurements?projct=running")]
    [InlineData("GET /v1/measurements?project=running&project=closed")]
    [InlineData("GET /v1/measurements?source=api&SOURCE=erp")]
    [InlineData("GET /v1/projects/running/ledger?id=1")]
    [InlineData("GET /v1/projects/running/steering?as_of=2026-01-25")]
    [InlineData("GET /v1/projects?activity=shop&activity=web")]
    [InlineData("GET /v1/activities?lang=fr")]
    [InlineData("GET /v1/limits?x")]
    [InlineData("GET /v1/feeds/dates?foo=1")]
    [InlineData("POST /v1/measurements?dry_run=true", Ratio)]
    [InlineData("POST /v1/measurements?mode=partial&mode=atomic", Ratio)]
    [InlineData("POST /v1/projects/running/ledger?dryrun=true&profile=fec", Entry)]
    [InlineData("DELETE /v1/projects/draft?force=true")]
    public Task A_query_parameter_that_is_not_one_or_is_there_twice_is_400(string request, string body = "") => Refused(request, body, 400, "malformed-request", null);

    [Fact]
    public Task The_reason_of_a_deletion_is_bounded() => Refused($"DELETE /v1/measurements/{world.MeasurementId}?note={new string('x', 2001)}", "", 400, "malformed-request", null);

    [Fact]
    public async Task A_cursor_of_another_list_is_400()
    {
        var cursors = new Dictionary<string, string>();
        string[] lists = ["/v1/kpis?limit=1", "/v1/activities?limit=1", "/v1/projects?limit=1", "/v1/projects?limit=1&sort=name", "/v1/measurements?limit=1", "/v1/portfolio?limit=1"];
        foreach (var list in lists)
        {
            cursors[list] = (string)(await world.Client.Get(list))["nextCursor"]!;
        }

        foreach (var list in lists)
        {
            foreach (var (_, cursor) in cursors.Where(pair => pair.Key != list))
            {
                await Problems.Of(await world.Client.Http.GetAsync($"{list}&cursor={cursor}"), 400, "malformed-request");
            }
        }
    }

    [Fact]
    public async Task A_launch_without_baselines_names_each_KPI()
    {
        var problem = await Problems.Of(await world.Client.Send(HttpMethod.Post, "/v1/projects/bare/launch", new { }), 409, "missing-baseline");
        Assert.Contains("rate", (string)problem["detail"]!, StringComparison.Ordinal);
        Assert.Contains("orders", (string)problem["detail"]!, StringComparison.Ordinal);
        Assert.Equal(2, problem["errors"]!.AsObject().Count);
    }

    [Fact]
    public async Task A_launch_with_immature_days_says_how_many_for_each_KPI()
    {
        // Closed is 1 February; with a lag of 5 days 28 to 31 January are not all there, with a lag of 3 the 30th and 31st.
        var problem = await Problems.Of(await world.Client.Send(HttpMethod.Post, "/v1/projects/late/launch", new { }), 409, "immature-baseline");
        var byKpi = problem["errors"]!.AsObject().ToDictionary(error => error.Key[(error.Key.LastIndexOf('/') + 1)..], error => (string)error.Value![0]!);
        Assert.Equal(["orders", "rate"], byKpi.Keys.Order());
        Assert.Matches(@"\b4\b", byKpi["rate"]);
        Assert.Matches(@"\b2\b", byKpi["orders"]);
    }

    [Fact]
    public async Task More_than_ten_thousand_rows_are_413_and_ten_thousand_are_not()
    {
        var before = await Tables.Dump(world.App);
        await Problems.Of(await Problems.Send(world.Client.Http, "POST", "/v1/measurements", Rows(10_001)), 413, "too-large");
        await Problems.Of(await Problems.Send(world.Client.Http, "POST", "/v1/measurements?mode=partial", Rows(10_001)), 413, "too-large");
        Assert.Equal(10_000, (int)(await world.Client.Post("/v1/measurements?dryRun=true", Rows(10_000)))["inserted"]!);
        Tables.AssertSame(before, await Tables.Dump(world.App), "10,001 rows");

        static string Rows(int count) => $"[{string.Join(',', Enumerable.Range(0, count).Select(row => $$"""{"project":"running","kpi":"orders","date":"2026-01-15","value":1,"externalId":"r{{row}}"}"""))}]";
    }

    [Fact]
    public async Task A_body_above_16_MB_is_413()
    {
        var before = await Tables.Dump(world.App);
        var body = $$"""{"code":"big","name":"{{new string('x', 16 * 1024 * 1024)}}"}""";
        foreach (var path in new[] { "/v1/activities", "/v1/measurements" })
        {
            await Problems.Of(await Problems.Send(world.Client.Http, "POST", path, body), 413, "too-large");
        }

        Tables.AssertSame(before, await Tables.Dump(world.App), "17 MB");
    }

    [Fact]
    public async Task An_unknown_address_is_404_and_another_method_405()
    {
        await Problems.Of(await world.Client.Http.GetAsync("/v1/nothing"), 404, "not-found");
        await Problems.Of(await world.Client.Http.GetAsync("/v9/kpis"), 404);
        await Problems.Of(await world.Client.Send(HttpMethod.Put, "/v1/kpis", new { }), 405, "method-not-allowed");
        await Problems.Of(await world.Client.Http.DeleteAsync("/v1/projects"), 405, "method-not-allowed");
    }

    [Theory]
    [InlineData("1e9")]
    [InlineData("1000000000")]
    [InlineData("-1000000000.000000")]
    [InlineData("0.0000000000000000000001e31")]
    [InlineData("-0")]
    public async Task A_fact_of_at_most_a_milliard_is_accepted(string number) =>
        Assert.Equal(1, (int)(await world.Client.Post("/v1/measurements?dryRun=true", With(Sum, $$"""{"value":{{number}},"externalId":"new"}""")))["inserted"]!);

    [Theory]
    [InlineData("1e11")]
    [InlineData("-100000000000")]
    [InlineData("0.00005")]
    [InlineData("-0.00005")]
    public async Task An_amount_within_its_limits_is_accepted(string number) =>
        Assert.Equal(1, (int)(await world.Client.Post("/v1/projects/running/ledger?dryRun=true", With(Entry, $$"""{"amount":{{number}}}""")))["inserted"]!);

    [Fact]
    public async Task Today_and_the_day_of_closing_are_accepted()
    {
        Assert.Equal(1, (int)(await world.Client.Post("/v1/measurements?dryRun=true", With(Sum, """{"date":"2026-02-02"}""")))["inserted"]!);
        Assert.Equal(1, (int)(await world.Client.Post("/v1/measurements?dryRun=true", With(Sum, """{"project":"closed","date":"2026-01-20"}""")))["inserted"]!);
        Assert.Equal(1, (int)(await world.Client.Post("/v1/projects/running/ledger?dryRun=true", With(Entry, """{"date":"2026-02-02"}""")))["inserted"]!);
    }

    [Fact]
    public async Task Two_equal_rows_of_one_implicit_identity_are_one_fact()
    {
        var receipt = await world.Client.Post("/v1/measurements?dryRun=true", $"[{Sum},{Sum}]");
        Assert.Equal((2, 1, 1, 0), ((int)receipt["received"]!, (int)receipt["inserted"]!, (int)receipt["unchanged"]!, (int)receipt["rejected"]!));
    }

    [Fact]
    public async Task The_flags_allow_a_launch_without_or_with_immature_baselines()
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        await BadWorld.Fill(client);
        var bare = await client.Post("/v1/projects/bare/launch", new { allowMissingBaseline = true }, HttpStatusCode.OK);
        Assert.All(bare["kpis"]!.AsArray(), kpi => Assert.Null(kpi!["baseline"]));
        Assert.Equal("running", (string?)(await client.Get("/v1/projects/bare"))["status"]);
        var steering = await client.Get("/v1/projects/bare/steering");
        Assert.All(steering["kpis"]!.AsArray(), kpi => Assert.All(kpi!["weeks"]!.AsArray(), week => Assert.Equal("no_baseline", (string?)week!["status"])));

        var late = await client.Post("/v1/projects/late/launch", new { allowImmatureBaseline = true }, HttpStatusCode.OK);
        Assert.Equal([4, 2], late["kpis"]!.AsArray().Select(kpi => (int)kpi!["immatureDays"]!));
        Assert.All(late["kpis"]!.AsArray(), kpi => Assert.NotNull(kpi!["baseline"]));
    }

    [Fact]
    public async Task Name_objective_purposes_and_cadence_change_after_launch()
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        await BadWorld.Fill(client);
        var project = await client.Patch("/v1/projects/running", new { name = "New name", objective = "New objective", reviewCadenceDays = 7 });
        Assert.Equal(("New name", "New objective", 7), ((string?)project["name"], (string?)project["objective"], (int)project["reviewCadenceDays"]!));
        Assert.Equal("New purpose", (string?)(await client.Patch("/v1/projects/running/kpis/rate", new { purpose = "New purpose" }))["purpose"]);
        // What stays as it is is no change.
        await client.Patch("/v1/projects/running", new { startsOn = "2026-01-01", currency = "EUR", activity = "shop" });
    }

    [Fact]
    public async Task Today_is_the_day_of_the_organisation_and_not_of_UTC()
    {
        // 00:30 on 1 February in Paris, 18:30 on 31 January in New York.
        await using var app = await KpiApp.Start("2026-01-31T23:30:00Z");
        var paris = await app.Organisation("paris");
        var newYork = await app.Organisation("new-york", Role.Admin, "America/New_York");
        await BadWorldForToday(paris);
        await BadWorldForToday(newYork);
        await Fact(paris, "2026-02-01", HttpStatusCode.OK);
        await Fact(paris, "2026-02-02", HttpStatusCode.UnprocessableEntity);
        await Fact(newYork, "2026-01-31", HttpStatusCode.OK);
        await Fact(newYork, "2026-02-01", HttpStatusCode.UnprocessableEntity);
        await paris.Get("/v1/portfolio?asOf=2026-02-01");
        await paris.Get("/v1/portfolio?asOf=2026-02-02", HttpStatusCode.BadRequest);
        await newYork.Get("/v1/portfolio?asOf=2026-02-01", HttpStatusCode.BadRequest);
        await paris.Post("/v1/projects/site/ledger", With(Entry, """{"date":"2026-02-01"}"""));
        await newYork.Post("/v1/projects/site/ledger", With(Entry, """{"date":"2026-02-01"}"""), HttpStatusCode.UnprocessableEntity);

        static Task<JsonNode> Fact(KpiClient client, string date, HttpStatusCode expected) => client.Post("/v1/measurements", new { project = "site", kpi = "rate", date, numerator = 1, denominator = 2 }, expected);
    }

    [Fact]
    public async Task The_day_of_an_instant_is_that_of_the_organisation()
    {
        // Spring: the 29th has 23 hours. Autumn: the 26th has 25 hours, and 02:30 twice.
        (string Timestamp, string Day)[] instants =
        [
            ("2026-03-28T22:59:59.9999999Z", "2026-03-28"),
            ("2026-03-28T23:00:00Z", "2026-03-29"),
            ("2026-03-29T00:59:59Z", "2026-03-29"),
            ("2026-03-29T21:59:59Z", "2026-03-29"),
            ("2026-03-29T22:00:00Z", "2026-03-30"),
            ("2026-03-29T23:30:00+02:00", "2026-03-29"),
            ("2025-10-25T21:59:59Z", "2025-10-25"),
            ("2025-10-25T22:00:00Z", "2025-10-26"),
            ("2025-10-26T00:30:00Z", "2025-10-26"),
            ("2025-10-26T01:30:00Z", "2025-10-26"),
            ("2025-10-26T22:59:59Z", "2025-10-26"),
            ("2025-10-26T23:00:00Z", "2025-10-27"),
            ("2025-12-31T23:00:00Z", "2026-01-01"),
            ("2026-01-01T00:30:00+14:00", "2025-12-31"),
        ];
        await using var app = await KpiApp.Start("2026-04-10");
        var client = await app.Organisation();
        await BadWorldForToday(client);
        await client.Post("/v1/measurements", instants.Select(instant => new { project = "site", kpi = "rate", timestamp = instant.Timestamp, numerator = 1, denominator = 2, externalId = instant.Timestamp }));
        var stored = (await client.Get("/v1/measurements"))["items"]!.AsArray().Select(fact => ((string)fact!["externalId"]!, (string)fact["date"]!));
        Assert.Equal(instants, stored);
    }

    [Theory]
    [InlineData("2026-03-29T21:59:59Z", "2026-03-29", "2026-03-30")]
    [InlineData("2026-03-29T22:00:00Z", "2026-03-30", "2026-03-31")]
    [InlineData("2025-10-26T22:59:59Z", "2025-10-26", "2025-10-27")]
    [InlineData("2025-10-26T23:00:00Z", "2025-10-27", "2025-10-28")]
    public async Task Today_ends_at_midnight_also_when_the_clocks_change(string now, string today, string tomorrow)
    {
        await using var app = await KpiApp.Start(now);
        var client = await app.Organisation();
        await BadWorldForToday(client);
        await client.Post("/v1/measurements", new { project = "site", kpi = "rate", date = today, numerator = 1, denominator = 2 });
        await client.Post("/v1/measurements", new { project = "site", kpi = "rate", date = tomorrow, numerator = 1, denominator = 2 }, HttpStatusCode.UnprocessableEntity);
        await client.Post("/v1/measurements", new { project = "site", kpi = "rate", timestamp = now, numerator = 1, denominator = 2 });
    }

    [Fact]
    public async Task A_timestamp_of_tomorrow_is_in_the_future_however_near()
    {
        // 23:59:30 in Paris; the timestamp is forty seconds later, on the next business day.
        await using var app = await KpiApp.Start("2026-02-01T22:59:30Z");
        var client = await app.Organisation();
        await BadWorldForToday(client);
        await client.Post("/v1/measurements", new { project = "site", kpi = "rate", timestamp = "2026-02-01T23:00:10Z", numerator = 1, denominator = 2 }, HttpStatusCode.UnprocessableEntity);
        Assert.Equal(0, await Tables.Count(app, "Measurement"));
    }

    private static async Task BadWorldForToday(KpiClient client)
    {
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Kpi(client, "rate", "ratio", "increase", 0.1);
        await BadWorld.Project(client, "site", "2026-02-01", "rate");
    }

    private async Task Refused(string request, string body, int status, string? code, string? pointers)
    {
        var blank = request.IndexOf(' ', StringComparison.Ordinal);
        var before = await Tables.Dump(world.App);
        var filled = Long().Replace(body, match => new string('x', int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)));
        var path = request[(blank + 1)..].Replace("{review}", $"{world.ReviewId}", StringComparison.Ordinal);
        await Problems.Of(await Problems.Send(world.Client.Http, request[..blank], path, filled.Length == 0 ? null : filled), status, code, pointers);
        Tables.AssertSame(before, await Tables.Dump(world.App), request);
    }

    private static string Acting(string actions) => $"{Review[..^1]},\"actions\":[{actions}]}}";

    private static string Timed(string timestamp) => $$"""{"project":"running","kpi":"rate","timestamp":"{{timestamp}}","numerator":1,"denominator":2}""";

    // Overlays members by text, so that a number stands in the request as it is written here.
    private static string With(string body, string members)
    {
        foreach (var member in Member().Matches(members[1..^1]).Select(match => (Name: match.Groups[1].Value, Value: match.Groups[2].Value)))
        {
            var existing = Member().Matches(body[1..^1]).SingleOrDefault(match => match.Groups[1].Value == member.Name);
            body = existing is null
                ? $"{body[..^1]},\"{member.Name}\":{member.Value}}}"
                : string.Concat(body.AsSpan(0, existing.Groups[2].Index + 1), member.Value, body.AsSpan(existing.Groups[2].Index + existing.Groups[2].Length + 1));
        }

        return body;
    }

    [GeneratedRegex("""x\*(\d+)""")]
    private static partial Regex Long();

    // A member of the outer object: its value is an object, a text, or a word.
    [GeneratedRegex("\"(\\w+)\":(\\{[^}]*\\}|\"[^\"]*\"|[^,\"{}]+)")]
    private static partial Regex Member();
}

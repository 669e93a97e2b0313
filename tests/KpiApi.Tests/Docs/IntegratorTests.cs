using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Tests.Commands;
using KpiApi.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace KpiApi.Tests.Docs;

/// <summary>What docs/integrators.md says is so: its commands answer what stands below them, its programs run, its tables are the program's.</summary>
public sealed class IntegratorTests
{
    private const string BlockMark = "=== block ";
    private static readonly Document Guide = Document.Read("docs/integrators.md");

    [BashFact]
    public async Task Its_commands_answer_what_stands_below_them()
    {
        using var folder = new ProgramFolder();
        await using var company = await Company.Start(folder);
        var fences = Guide.Fences.Where(fence => fence.Language is "bash" or "json" or "text").ToList();
        var script = new StringBuilder(ProgramFolder.Shim);
        for (var index = 0; index < fences.Count; index++)
        {
            if (fences[index].Language == "bash")
            {
                script.Append(CultureInfo.InvariantCulture, $"echo; echo '{BlockMark}{index}'\n").Append(fences[index].Text);
            }
        }

        var run = await company.Run(folder, company.Api, "bash", "-c", script.ToString());
        Assert.True(run.Code == 0, $"{run.Output}\n{run.Error}");
        var outputs = run.Output.ReplaceLineEndings("\n").Split(BlockMark).Skip(1).ToDictionary(part => int.Parse(part[..part.IndexOf('\n')], CultureInfo.InvariantCulture), part => part[(part.IndexOf('\n') + 1)..].Trim());
        Assert.Equal(fences.Count(fence => fence.Language == "bash"), outputs.Count);
        var promised = Enumerable.Range(1, fences.Count - 1).Where(index => fences[index].Language != "bash").ToList();
        Assert.True(promised.Count >= 10);
        Assert.All(promised, index =>
        {
            var output = outputs[index - 1];
            if (fences[index].Language == "text")
            {
                Assert.Equal(fences[index].Text.Trim(), output);
            }
            else
            {
                Assert.True(IsAsTold(JsonNode.Parse(fences[index].Text), JsonNode.Parse(output.Split('\n')[0])), $"{fences[index].Section}: {output}");
            }
        });

        // The ledger: three entries and not four, the repetition of a key aside; the fact that was deleted is gone, the one that was guarded is not.
        using var http = Company.Client(company.Reader);
        var roi = JsonNode.Parse(await http.GetStringAsync($"{company.Api}/projects/crm/roi"))!;
        Assert.Equal((2100.0, 1500.0), ((double)roi["gain"]!, (double)roi["cost"]!));
        Assert.EndsWith("204", outputs[fences.FindIndex(fence => fence.Section == "Deleting")], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_C_sharp_program_repeats_what_is_refused_for_now_and_doubles_nothing()
    {
        using var folder = new ProgramFolder();
        await Twice(folder, "csharp", "post.cs", Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host : "dotnet", "run", "post.cs");
    }

    [ToolFact("python3")]
    public async Task Its_Python_program_repeats_what_is_refused_for_now_and_doubles_nothing()
    {
        using var folder = new ProgramFolder();
        await Twice(folder, "python", "post.py", "python3", "post.py");
    }

    [ToolFact("php")]
    public async Task Its_PHP_program_repeats_what_is_refused_for_now_and_doubles_nothing()
    {
        using var folder = new ProgramFolder();
        await Twice(folder, "php", "post.php", "php", "post.php");
    }

    [Fact]
    public void Its_table_of_errors_is_the_closed_list() => Assert.Equal(
        ProblemType.All.Select(type => $"`{type.Code}` {type.Status}"),
        Guide.Table("Errors").Select(row =>
        {
            Assert.Equal(4, row.Length);
            Assert.All(row, cell => Assert.NotEqual("", cell));
            return $"{row[0]} {row[1]}";
        }));

    [Fact]
    public async Task Its_limits_are_those_of_the_program()
    {
        await using var app = await KpiApp.Start();
        var limits = await (await app.Organisation(role: Role.Writer)).Get("/v1/limits");
        Assert.Equal(limits.AsObject().Select(limit => $"`{limit.Key}` {limit.Value}"), Guide.Table("Limits").Select(row => $"{row[0]} {row[1]}"));
    }

    [Theory]
    [InlineData("docs/integrators.md")]
    [InlineData("docs/api-policy.md")]
    [InlineData("docs/deployment.md")]
    [InlineData("docs/operations.md")]
    [InlineData("docs/sql-server.md")]
    public void Its_links_lead_to_files_of_the_repository(string path) =>
        Assert.All(Document.Read(path).Links, link => Assert.True(System.IO.Path.Exists(System.IO.Path.Combine(Document.Root, "docs", link)), link));

    /// <summary>Runs a program of the guide: against a server that is busy at first, and then again.</summary>
    private static async Task Twice(ProgramFolder folder, string language, string name, params string[] command)
    {
        await File.WriteAllTextAsync(Path.Combine(Company.PathOf(folder), name), Guide.Fences.Single(fence => fence.Language == language).Text);
        await using var company = await Company.Start(folder);
        await using var busy = await BusyServer.Before(company.Api);
        var first = await company.Run(folder, busy.Api, command);
        Assert.True(first.Code == 0, $"{first.Output}\n{first.Error}");
        Assert.Equal("inserted 2, corrected 0, unchanged 0, rejected 0", first.Output.Trim());
        Assert.Equal([503, 429, 200], busy.Answers);

        var second = await company.Run(folder, company.Api, command);
        Assert.Equal((0, "inserted 0, corrected 0, unchanged 2, rejected 0"), (second.Code, second.Output.Trim()));
    }

    /// <summary>Equal, but for texts that the guide leaves open with an ellipsis.</summary>
    private static bool IsAsTold(JsonNode? told, JsonNode? answered) => (told, answered) switch
    {
        (JsonValue value, JsonValue) when value.TryGetValue<string>(out var text) && text == "…" => true,
        (JsonObject expected, JsonObject actual) => expected.Select(member => member.Key).SequenceEqual(actual.Select(member => member.Key)) && expected.All(member => IsAsTold(member.Value, actual[member.Key])),
        (JsonArray expected, JsonArray actual) => expected.Count == actual.Count && expected.Zip(actual).All(pair => IsAsTold(pair.First, pair.Second)),
        _ => JsonNode.DeepEquals(told, answered),
    };

    /// <summary>The program with the project of the guide, and a key for each role that the guide uses.</summary>
    private sealed class Company : IAsyncDisposable
    {
        private readonly ProgramProcess _server;

        private Company(ProgramProcess server, string api, string writer, string reader, string manager) => (_server, Api, Writer, Reader, Manager) = (server, api, writer, reader, manager);

        public string Api { get; }

        public string Writer { get; }

        public string Reader { get; }

        public string Manager { get; }

        public static string PathOf(ProgramFolder folder) => Path.GetDirectoryName(folder.Database)!;

        public static async Task<Company> Start(ProgramFolder folder)
        {
            Assert.Equal(0, (await folder.Run("org", "create", "acme", "--time-zone", "Europe/Paris")).Code);
            var keys = await Task.WhenAll(((string[])["writer", "reader", "manager"]).Select(role => folder.Run("key", "create", "--org", "acme", "--role", role)));
            var server = folder.Start("--urls", "http://127.0.0.1:0");
            var company = new Company(server, await server.Url() + "/v1", keys[0].Output.Trim(), keys[1].Output.Trim(), keys[2].Output.Trim());
            using var http = Client(company.Manager);
            foreach (var (path, body) in new[]
            {
                ("activities", """{"code": "sales", "name": "Sales"}"""),
                ("projects", """{"code": "crm", "name": "CRM roll-out", "activity": "sales", "startsOn": "2025-03-03", "currency": "EUR"}"""),
                ("projects/crm/kpis", """{"kpi": "quote-to-order-rate", "purpose": "Follow up every quote"}"""),
            })
            {
                using var content = new StringContent(body, Encoding.UTF8, "application/json");
                using var answer = await http.PostAsync($"{company.Api}/{path}", content);
                Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
            }

            return company;
        }

        public static HttpClient Client(string key)
        {
            var http = new HttpClient();
            http.DefaultRequestHeaders.Add(ApiKeyAuthentication.HeaderName, key);
            return http;
        }

        /// <summary>Runs a command as the reader of the guide would, with the address and keys in its environment.</summary>
        public async Task<(int Code, string Output, string Error)> Run(ProgramFolder folder, string api, params string[] command)
        {
            var start = new ProcessStartInfo(command[0], command[1..])
            {
                WorkingDirectory = PathOf(folder),
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardOutputEncoding = Encoding.UTF8,
                StandardErrorEncoding = Encoding.UTF8,
            };
            // What the test run told its own build is not for another one.
            foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            {
                start.Environment.Remove(name);
            }

            foreach (var (name, value) in new[]
            {
                ("KPI_API", api), ("KPI_KEY", Writer), ("KPI_READER_KEY", Reader), ("KPI_MANAGER_KEY", Manager), ("KPIAPI_HOST", ProgramFolder.DotNet), ("KPIAPI_DLL", ProgramFolder.Dll), ("NO_PROXY", "127.0.0.1,localhost"), ("no_proxy", "127.0.0.1,localhost"),
                // No compiler is left behind that would hold the output open.
                ("MSBUILDDISABLENODEREUSE", "1"), ("DOTNET_CLI_USE_MSBUILD_SERVER", "0"), ("UseSharedCompilation", "false"), ("DOTNET_NOLOGO", "1"), ("DOTNET_CLI_TELEMETRY_OPTOUT", "1"),
                ("XDG_DATA_HOME", PathOf(folder)), ("TMPDIR", PathOf(folder)),
            })
            {
                start.Environment[name] = value;
            }

            using var process = new ProgramProcess(start);
            return await process.End();
        }

        public ValueTask DisposeAsync()
        {
            _server.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Stands before a server: answers 503, then 429, and passes on what follows.</summary>
    private sealed class BusyServer : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly HttpClient _http = new();

        private BusyServer(string api)
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
            _app = builder.Build();
            _app.Run(context => Answer(context, new Uri(api).GetLeftPart(UriPartial.Authority)));
        }

        public string Api => _app.Urls.Single() + "/v1";

        public List<int> Answers { get; } = [];

        public static async Task<BusyServer> Before(string api)
        {
            var server = new BusyServer(api);
            await server._app.StartAsync();
            return server;
        }

        public async ValueTask DisposeAsync()
        {
            await _app.DisposeAsync();
            _http.Dispose();
        }

        private async Task Answer(HttpContext context, string origin)
        {
            if (Answers.Count < 2)
            {
                context.Response.StatusCode = Answers.Count == 0 ? 503 : 429;
                context.Response.Headers.RetryAfter = "1";
                Answers.Add(context.Response.StatusCode);
                return;
            }

            using var request = new HttpRequestMessage(HttpMethod.Post, origin + context.Request.Path + context.Request.QueryString) { Content = new StreamContent(context.Request.Body) };
            request.Content.Headers.TryAddWithoutValidation("Content-Type", context.Request.ContentType);
            request.Headers.Add(ApiKeyAuthentication.HeaderName, context.Request.Headers[ApiKeyAuthentication.HeaderName].ToString());
            using var response = await _http.SendAsync(request);
            context.Response.StatusCode = (int)response.StatusCode;
            Answers.Add(context.Response.StatusCode);
            await response.Content.CopyToAsync(context.Response.Body);
        }
    }
}

/// <summary>A test that needs a program of the machine, and says so where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ToolFactAttribute : FactAttribute
{
    public ToolFactAttribute(string tool)
    {
        Tool = tool;
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!path.Any(folder => File.Exists(Path.Combine(folder, tool)) || File.Exists(Path.Combine(folder, tool + ".exe"))))
        {
            Skip = $"{tool} is not on this machine.";
        }
    }

    public string Tool { get; }
}

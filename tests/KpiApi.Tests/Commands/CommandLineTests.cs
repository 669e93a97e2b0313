using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using KpiApi.Access;

namespace KpiApi.Tests.Commands;

/// <summary>The program as its users start it: a process with words, exit codes and two streams.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly ProgramFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_key_is_printed_alone_on_standard_output()
    {
        var organisation = await _folder.Run("org", "create", "acme", "--name", "Acme SAS", "--time-zone", "Europe/Paris");
        Assert.Equal((0, ""), (organisation.Code, organisation.Output));
        Assert.Contains("acme", organisation.Error, StringComparison.Ordinal);

        foreach (var role in new[] { "reader", "writer", "manager", "admin" })
        {
            var key = await _folder.Run("key", "create", "--org", "acme", "--role", role, "--name", "test", "--expires-days", "30");
            Assert.Equal(0, key.Code);
            Assert.Matches(@"\Akpi_[a-z0-9]+_[a-z0-9]{32,}\r?\n\z", key.Output);
            Assert.NotEqual("", key.Error);
        }
    }

    [Theory]
    [InlineData("serv")]
    [InlineData("org")]
    [InlineData("org destroy acme")]
    [InlineData("org create")]
    [InlineData("org create a b")]
    [InlineData("key create --org acme")]
    [InlineData("key create --org acme --role boss")]
    [InlineData("key create --org acme --role reader --expires-days 0")]
    [InlineData("key create --org acme --role reader --expires-days soon")]
    [InlineData("db")]
    [InlineData("db drop")]
    [InlineData("db backup")]
    [InlineData("demo --frsh")]
    [InlineData("import")]
    [InlineData("import orders.csv --url localhost --key k")]
    [InlineData("import orders.csv --retries -1 --key k")]
    [InlineData("import orders.csv --profil erp --key k")]
    public async Task A_wrong_word_exits_2_with_the_usage(string words)
    {
        var run = await _folder.Run(words.Split(' '));
        Assert.Equal(2, run.Code);
        Assert.Contains("Usage:", run.Output + run.Error, StringComparison.Ordinal);
        Assert.NotEqual("", run.Error);
        Assert.False(File.Exists(_folder.Database));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("serve --help")]
    [InlineData("demo --help")]
    [InlineData("org --help")]
    [InlineData("org create --help")]
    [InlineData("key --help")]
    [InlineData("key create --help")]
    [InlineData("db --help")]
    [InlineData("db deploy --help")]
    [InlineData("db status --help")]
    [InlineData("db backup --help")]
    [InlineData("import --help")]
    public async Task Help_is_there_on_every_level(string words)
    {
        var run = await _folder.Run(words.Split(' '));
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("Usage:", run.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.Database));
    }

    [Theory]
    [InlineData("org create acme", "acme")]
    [InlineData("org create Not_A_Code", "Not_A_Code")]
    [InlineData("org create other --time-zone Mars/Base", "Mars/Base")]
    [InlineData("key create --org nobody --role reader", "nobody")]
    [InlineData("org create other --Database:Provider=oracle", "Database:Provider")]
    [InlineData("serve --Database:Provider=oracle", "Database:Provider")]
    [InlineData("serve --ConnectionStrings:Kpi=nonsense", "ConnectionStrings:Kpi")]
    [InlineData("demo --ConnectionStrings:Kpi=nonsense", "ConnectionStrings:Kpi")]
    [InlineData("demo", "ConnectionStrings:Kpi")]
    [InlineData("import absent.csv --key k", "absent.csv")]
    [InlineData("import kpi.db --key k --url http://127.0.0.1:1 --retries 0", "http://127.0.0.1:1")]
    public async Task A_failure_exits_1_with_one_line(string words, string named)
    {
        Assert.Equal(0, (await _folder.Run("org", "create", "acme")).Code);
        var run = await _folder.Run([.. words.Split(' '), "--urls", "http://127.0.0.1:0"]);
        Assert.Equal((1, ""), (run.Code, run.Output));
        Assert.Contains(named, Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_schema_is_deployed_by_hand_and_its_status_is_an_exit_code()
    {
        Assert.Equal(1, (await _folder.Run("db", "status")).Code);
        var deployed = await _folder.Run("db", "deploy");
        Assert.Equal(0, deployed.Code);
        Assert.Contains("0001_calendar.sql", deployed.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await _folder.Run("db", "status")).Code);
        var again = await _folder.Run("db", "deploy");
        Assert.Equal(0, again.Code);
        Assert.DoesNotContain("0001_calendar.sql", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_is_a_database_and_overwrites_nothing()
    {
        Assert.Equal(0, (await _folder.Run("org", "create", "acme")).Code);
        Assert.Equal(0, (await _folder.Run("db", "backup", "copy.db")).Code);
        var again = await _folder.Run("db", "backup", "copy.db");
        Assert.Equal(1, again.Code);
        Assert.Single(again.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));

        var key = await _folder.Run("key", "create", "--org", "acme", "--role", "reader", "--ConnectionStrings:Kpi=Data Source=copy.db");
        Assert.Equal(0, key.Code);
    }

    [Fact]
    public async Task Commands_take_effect_while_a_server_uses_the_same_database()
    {
        using var server = _folder.Start("serve", "--urls", "http://127.0.0.1:0");
        var url = await server.Url();
        Assert.StartsWith("http://127.0.0.1:", url, StringComparison.Ordinal);

        Assert.Equal(0, (await _folder.Run("org", "create", "acme")).Code);
        var key = (await _folder.Run("key", "create", "--org", "acme", "--role", "reader")).Output.Trim();
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        http.DefaultRequestHeaders.Add(ApiKeyAuthentication.HeaderName, key);
        using var answer = await http.GetAsync("/v1/projects");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(0, (await _folder.Run("db", "backup", "live.db")).Code);
    }

    [Fact]
    public async Task Nothing_but_words_is_needed_to_serve()
    {
        using var server = _folder.Start("--urls=http://127.0.0.1:0");
        using var http = new HttpClient { BaseAddress = new Uri(await server.Url()) };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/v1/projects")).StatusCode);
    }

    [BashFact]
    public async Task SIGTERM_stops_the_server_and_the_demo_gracefully()
    {
        foreach (var word in new[] { "serve", "demo" })
        {
            var database = $"--ConnectionStrings:Kpi=Data Source={word}.db";
            using var server = _folder.Start(word, "--urls", "http://127.0.0.1:0", database);
            using var http = new HttpClient { BaseAddress = new Uri(await server.Url()) };
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/live")).StatusCode);

            using var kill = Process.Start("bash", ["-c", $"kill -TERM {server.Id}"]);
            var run = await server.End();
            Assert.Equal((0, ""), (run.Code, run.Error));
        }
    }

    [BashFact]
    public async Task A_demo_that_is_stopped_while_it_is_made_leaves_nothing_behind()
    {
        using var demo = _folder.Start("demo", "--urls", "http://127.0.0.1:0");
        Assert.True(await _folder.Appears("*.making"));
        using var kill = Process.Start("bash", ["-c", $"kill -TERM {demo.Id}"]);
        var run = await demo.End();
        Assert.Equal((0, "", ""), (run.Code, run.Output, run.Error));
        Assert.False(await _folder.Appears("*", TimeSpan.Zero));
    }

    [Fact]
    public async Task An_address_in_use_is_told_in_one_line_and_a_running_demo_keeps_its_keys()
    {
        using var first = _folder.Start("demo", "--urls", "http://127.0.0.1:0");
        var url = await first.Url();
        var reader = Regex.Match(await first.Line(line => line.StartsWith("  reader", StringComparison.Ordinal)), @"kpi_\w+").Value;

        foreach (var word in new[] { "demo", "serve" })
        {
            var second = await _folder.Run(word, "--urls", url);
            Assert.Equal((1, ""), (second.Code, second.Output));
            Assert.Contains(url, Assert.Single(second.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        }

        using var http = new HttpClient { BaseAddress = new Uri(url) };
        http.DefaultRequestHeaders.Add(ApiKeyAuthentication.HeaderName, reader);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/v1/portfolio")).StatusCode);
    }
}

/// <summary>A test that needs bash and curl, and says so where they are missing.</summary>
internal sealed class BashFactAttribute : FactAttribute
{
    public BashFactAttribute()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (OperatingSystem.IsWindows() || !((string[])["bash", "curl"]).All(tool => path.Any(folder => File.Exists(Path.Combine(folder, tool)))))
        {
            Skip = "bash and curl are not on this machine.";
        }
    }
}

/// <summary>An empty folder in which the built program is run, with a database of its own. What was started ends with it.</summary>
internal sealed class ProgramFolder : IDisposable
{
    /// <summary>For scripts of the documents: `dotnet run` builds first, but the tests were built already, so the program is run as it lies beside them.</summary>
    public const string Shim = """
        set -euo pipefail
        dotnet() {
            [ "$1 $2 $3 $4" = "run --project src/KpiApi --" ] || { echo "not a command of the program: $*" >&2; return 99; }
            shift 4
            "$KPIAPI_HOST" "$KPIAPI_DLL" "$@"
        }

        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kpiapi-program-");
    private readonly ConcurrentBag<ProgramProcess> _started = [];

    public static string Dll => Path.Combine(AppContext.BaseDirectory, "KpiApi.dll");

    public static string DotNet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host : "dotnet";

    public string Database => Path.Combine(_folder.FullName, "kpi.db");

    /// <summary>Waits for a file of that name.</summary>
    public async Task<bool> Appears(string pattern, TimeSpan? patience = null)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(5))
        {
            if (_folder.GetFiles(pattern).Length > 0)
            {
                return true;
            }

            if (watch.Elapsed >= (patience ?? TimeSpan.FromMinutes(1)))
            {
                return false;
            }
        }
    }

    public ProgramProcess Start(params string[] words) => StartWith([], words);

    /// <summary>The program with these variables in its environment.</summary>
    public ProgramProcess StartWith((string Name, string Value)[] variables, params string[] words) => Start(variables, DotNet, [Dll, .. words]);

    /// <summary>The same program with a fault in it, which the test project brings along.</summary>
    public ProgramProcess StartTestHost(params string[] words) => StartOther(DotNet, [typeof(ProgramFolder).Assembly.Location, .. words]);

    public async Task<(int Code, string Output, string Error)> Run(params string[] words)
    {
        using var program = Start(words);
        return await program.End();
    }

    /// <summary>Another program in the same folder and environment.</summary>
    public ProgramProcess StartOther(string file, params string[] arguments) => Start([], file, arguments);

    private ProgramProcess Start((string Name, string Value)[] variables, string file, string[] arguments)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        // What the machine is configured with is not what is tested; nothing reaches the user's own data.
        foreach (var name in start.Environment.Keys.Where(name => Regex.IsMatch(name, "^(ASPNETCORE_|URLS$|HTTPS?_PORTS$|CONNECTIONSTRINGS__|DATABASE__|LOGGING__)", RegexOptions.IgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["ConnectionStrings__Kpi"] = $"Data Source={Database}";
        start.Environment["XDG_DATA_HOME"] = _folder.FullName;
        start.Environment["NO_PROXY"] = "127.0.0.1,localhost";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["KPIAPI_HOST"] = DotNet;
        start.Environment["KPIAPI_DLL"] = Dll;
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        var process = new ProgramProcess(start);
        _started.Add(process);
        return process;
    }

    public void Dispose()
    {
        foreach (var process in _started)
        {
            process.Dispose();
        }

        _folder.Delete(recursive: true);
    }
}

/// <summary>A process whose streams are read while it runs.</summary>
internal sealed class ProgramProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Task _reading;
    private readonly Task<string> _error;

    public ProgramProcess(ProcessStartInfo start)
    {
        _process = Process.Start(start)!;
        _reading = Read(_process.StandardOutput);
        _error = _process.StandardError.ReadToEndAsync();
        Id = _process.Id;
    }

    public int Id { get; }

    /// <summary>The address that a server says it listens on.</summary>
    public async Task<string> Url() => Regex.Match(await Line(line => line.Contains("/swagger", StringComparison.Ordinal)), @"http://[^\s,/]+").Value;

    /// <summary>The first line of standard output that fits, as soon as it is there.</summary>
    public async Task<string> Line(Func<string, bool> fits)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Patience; await Task.Delay(20))
        {
            var isOver = _reading.IsCompleted;
            string text;
            lock (_output)
            {
                text = _output.ToString();
            }

            if (text[..(text.LastIndexOf('\n') + 1)].Split('\n').FirstOrDefault(fits) is { } line)
            {
                return line;
            }

            Assert.False(isOver, $"The program ended: {text} {(isOver ? await _error : "")}");
        }

        throw new TimeoutException("The program did not say it.");
    }

    /// <summary>Waits for the end.</summary>
    public async Task<(int Code, string Output, string Error)> End()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(patience.Token);
        await _reading;
        return (_process.ExitCode, _output.ToString(), await _error);
    }

    /// <summary>SIGKILL: the program learns nothing of it.</summary>
    public async Task Kill()
    {
        _process.Kill();
        await End();
    }

    public void Dispose()
    {
        try
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
                _process.WaitForExit();
            }
        }
        catch (InvalidOperationException)
        {
            // It was disposed before, or ended in between.
        }

        _process.Dispose();
    }

    private async Task Read(StreamReader reader)
    {
        var buffer = new char[4096];
        while (await reader.ReadAsync(buffer) is > 0 and var count)
        {
            lock (_output)
            {
                _output.Append(buffer, 0, count);
            }
        }
    }
}

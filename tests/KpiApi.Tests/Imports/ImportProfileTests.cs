using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Imports;

/// <summary>What ERPs and accounting programs export becomes facts and ledger entries, and each line that does not is named.</summary>
public class ImportProfileTests
{
    private const string Bulk = "/v1/measurements/bulk";

    [Fact]
    public async Task A_French_export_gives_revenue_and_orders()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        await client.Put("/v1/import-profiles/erp", Exports.FrenchProfile(), HttpStatusCode.Created);
        var before = await Tables.Dump(app);
        var trial = await client.Upload(Bulk + "?profile=erp&dryRun=true", Exports.French, Files.Csv);
        Assert.Equal("14 10 0 0 4 1", trial.Counts());
        Tables.AssertSame(before, await Tables.Dump(app), "a dry run stored something");

        var receipt = await client.Upload(Bulk + "?profile=erp", Files.Gzip(Exports.French), Files.Csv, "gzip");
        Assert.Equal("14 10 0 0 4 1", receipt.Counts());
        Assert.Equal(("erp", "measurements"), ((string)receipt["profile"]!, (string)receipt["target"]!));
        Assert.Equal(["7 2 /date", "7 2 /date", "8 4 /value", "9 4 /value"], Lines(receipt));
        Assert.Equal("14 0 0 10 4 1", (await client.Upload(Bulk + "?profile=erp", Exports.French, Files.Csv)).Counts());

        var revenue = (await client.Get("/v1/measurements?project=site&kpi=revenue"))["items"]!.AsArray();
        Assert.Equal(
            ["C-1 2025-12-30 1234.56 Café décaféiné", "C-2 2025-12-31 99.9 Thé vert; \"bio\"", "C-3 2025-12-31 12500 Chaise d’été", "C-4 2025-12-31 -50.25 Reprise"],
            revenue.Select(fact => string.Create(CultureInfo.InvariantCulture, $"{fact!["externalId"]} {fact["date"]} {(double)fact["value"]!} {fact["note"]}")));
        Assert.Equal(6, (await client.Get("/v1/measurements?project=site&kpi=orders&source=erp"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_fec_gives_costs_and_gains_in_any_of_its_forms()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        foreach (var (project, file) in new (string, byte[])[]
        {
            ("site", Exports.Western(Exports.Fec)),
            ("utf", Encoding.UTF8.GetBytes("\uFEFF" + Exports.Fec.Replace('\t', '|'))),
            ("sens", Encoding.UTF8.GetBytes(WithSens(Exports.Fec))),
        })
        {
            await client.Post("/v1/projects", new { code = project + "-fec", name = project, activity = "shop", startsOn = "2026-01-10", currency = "EUR" });
            var path = $"/v1/projects/{project}-fec/ledger";
            Assert.Equal("4 4 0 0 0 3", (await client.Upload(path + "/bulk?profile=fec&dryRun=true", file, Files.Csv)).Counts());
            var receipt = await client.Upload(path + "/bulk?profile=fec", file, Files.Csv);
            Assert.Equal("4 4 0 0 0 3", receipt.Counts());
            Assert.Equal(project + "-fec", (string?)receipt["project"]);
            Assert.Equal("4 0 0 4 0 3", (await client.Upload(path + "/bulk?profile=fec", file, Files.Csv)).Counts());
            Assert.Equal(
                ["gain Prestations de services 1000 2025-12-03 invoiced VE-202512-1-2 Facture F1", "cost Honoraires 350.5 2025-12-05 invoiced AC-202512-2-1 Agence \"Été\"", "cost Honoraires 49.5 2025-12-05 invoiced AC-202512-2-2 Deuxième ligne", "gain Prestations de services -100 2025-12-20 invoiced VE-202512-3-1 Avoir"],
                (await client.Get(path))["items"]!.AsArray().Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry!["kind"]} {entry["category"]} {(double)entry["amount"]!} {entry["date"]} {entry["evidence"]} {entry["externalId"]} {entry["label"]}")));
        }

        static string WithSens(string fec) => string.Join("\r\n", fec.TrimEnd().Split("\r\n").Select((line, index) =>
        {
            var cells = line.Split('\t');
            var isDebit = cells[11].Length > 0 && cells[11] != "0,00";
            (cells[11], cells[12]) = index == 0 ? ("Montant", "Sens") : (isDebit ? cells[11] : cells[12], isDebit ? "D" : "C");
            return string.Join('\t', cells);
        }));
    }

    [Theory]
    [InlineData("\t202412")]
    [InlineData("\t202506")] // exercices that end in September
    public async Task Entries_that_are_numbered_from_1_again_in_an_exercice_leave_those_of_the_last_one_alone(string month)
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        const string path = "/v1/projects/site/ledger";
        var later = Exports.Western(Exports.Fec);
        var earlier = Exports.Western(Exports.Fec.Replace("\t202512", month, StringComparison.Ordinal).Replace("350,50", "360,50", StringComparison.Ordinal));
        foreach (var (file, counts) in new[] { (earlier, "4 4 0 0 0 3"), (later, "4 4 0 0 0 3"), (earlier, "4 0 0 4 0 3"), (later, "4 0 0 4 0 3") })
        {
            Assert.Equal(counts, (await client.Upload(path + "/bulk?profile=fec", file, Files.Csv)).Counts());
        }

        var roi = await client.Get("/v1/projects/site/roi");
        Assert.Equal((1800.0, 810.0), ((double)roi["gain"]!, (double)roi["cost"]!));
    }

    [Fact]
    public async Task Positions_are_counted_per_entry_of_a_year_in_a_file_of_two()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        const string path = "/v1/projects/site/ledger";
        var secondYear = Exports.Fec[(Exports.Fec.IndexOf('\n', StringComparison.Ordinal) + 1)..].Replace("\t2025", "\t2024", StringComparison.Ordinal);
        Assert.Equal("8 8 0 0 0 6", (await client.Upload(path + "/bulk?profile=fec", Exports.Western(Exports.Fec + secondYear), Files.Csv)).Counts());
        Assert.Equal(
            ["AC-202412-2-1", "AC-202412-2-2", "AC-202512-2-1", "AC-202512-2-2", "VE-202412-1-2", "VE-202412-3-1", "VE-202512-1-2", "VE-202512-3-1"],
            (await client.Get(path))["items"]!.AsArray().Select(entry => (string?)entry!["externalId"]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_line_of_a_fec_whose_day_cannot_be_read_keeps_its_place_in_its_entry()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        const string path = "/v1/projects/site/ledger/bulk?profile=fec";
        var broken = Exports.Fec.Replace("20251205\t622600\tHonoraires\t\t\tA7\t20251205\t\"", "05/12/2025\t622600\tHonoraires\t\t\tA7\t20251205\t\"", StringComparison.Ordinal);
        Assert.Equal("4 3 0 0 1 3", (await client.Upload(path, Exports.Western(broken), Files.Csv)).Counts());
        Assert.Equal("4 1 0 3 0 3", (await client.Upload(path, Exports.Western(Exports.Fec), Files.Csv)).Counts());
    }

    [Fact]
    public async Task A_line_of_a_fec_with_a_separator_in_a_label_is_refused()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        var receipt = await client.Upload("/v1/projects/site/ledger/bulk?profile=fec", Exports.Western(Exports.Fec.Replace("Facture F1\t0,00\t1000", "Facture\t12\t0,00\t1000", StringComparison.Ordinal)), Files.Csv);
        Assert.Equal("4 3 0 0 1 3", receipt.Counts());
        Assert.Equal(["3 - "], Lines(receipt));
    }

    [Fact]
    public async Task A_profile_that_extends_fec_chooses_the_accounts()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        await client.Put("/v1/import-profiles/agency", new { target = "ledger", extends = "fec", evidence = "measured", accounts = new object[] { new { prefix = "6226", kind = "cost", category = "Agency" }, new { prefix = "6", kind = "gain" } } });
        var path = "/v1/projects/site/ledger";
        Assert.Equal("2 2 0 0 0 5", (await client.Upload(path + "/bulk?profile=agency", Exports.Western(Exports.Fec), Files.Csv)).Counts());
        Assert.All((await client.Get(path))["items"]!.AsArray(), entry => Assert.Equal(("cost", "Agency", "measured"), ((string)entry!["kind"]!, (string)entry["category"]!, (string)entry["evidence"]!)));
    }

    [Fact]
    public async Task A_line_of_a_fec_that_is_mended_does_not_move_the_others()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        var path = "/v1/projects/site/ledger/bulk?profile=fec";
        var broken = await client.Upload(path, Exports.Western(Exports.Fec.Replace("350,50", "35O,50", StringComparison.Ordinal).Replace("20251220\t706000", "2025122\t706000", StringComparison.Ordinal)), Files.Csv);
        Assert.Equal("4 2 0 0 2 3", broken.Counts());
        Assert.Equal(["5 12 /amount", "8 4 /date"], Lines(broken));
        Assert.Equal("4 2 0 2 0 3", (await client.Upload(path, Exports.Western(Exports.Fec), Files.Csv)).Counts());
    }

    [Fact]
    public async Task A_ledger_file_needs_an_identity_in_every_row()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        var file = Files.Lines([
            new { kind = "gain", category = "c", amount = 5, date = "2026-01-15", externalId = "a" },
            new { kind = "gain", category = "c", amount = 5, date = "2026-01-15" }]);
        foreach (var counts in new[] { "2 1 0 0 1 0", "2 0 0 1 1 0" })
        {
            var receipt = await client.Upload("/v1/projects/site/ledger/bulk", file);
            Assert.Equal(counts, receipt.Counts());
            Assert.StartsWith("identity-required", (string?)receipt["errors"]![0]!["errors"]!["/externalId"]![0], StringComparison.Ordinal);
        }

        var csv = "kind,category,amount,date,externalId\ncost,Ads,12.50,2026-01-15,b\ncost,Ads,\"1,5\",2026-01-15,c\n";
        Assert.Equal(["3 3 /amount"], Lines(await client.Upload("/v1/projects/site/ledger/bulk", Encoding.UTF8.GetBytes(csv), Files.Csv)));
        using var absent = await Files.Send(client.Http, "/v1/projects/absent/ledger/bulk", file);
        await Problems.Of(absent, 404, "not-found");
    }

    [Fact]
    public async Task A_csv_file_names_its_members_in_the_header()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        var csv = "\uFEFFproject,kpi,date,value,note,externalId\r\n" +
            "site,orders,2026-01-01,5,\"two\r\nlines, one cell\",a\r\n" +
            "\r\n" +
            "site,orders,2026-01-02,five,,b\r\n" +
            "site,orders,2026-01-02,5,c\r\n" +
            "site,orders,2026-01-02,1e2,,d\r\n" +
            "site,unknown,2026-01-02,1,,e\r\n" +
            "site,orders,2026-01-02,1,\"a\"b,f\r\n" +
            "site,orders,2026-01-02,1,\0,g";
        var receipt = await client.Upload(Bulk, Encoding.UTF8.GetBytes(csv), Files.Csv);
        Assert.Equal("7 2 0 0 5 0", receipt.Counts());
        Assert.Equal(["5 4 /value", "6 - ", "8 2 /kpi", "9 5 ", "10 5 "], Lines(receipt));
        Assert.Equal(["two\r\nlines, one cell", null], (await client.Get("/v1/measurements"))["items"]!.AsArray().Select(fact => (string?)fact!["note"]));

        var latin = await client.Upload(Bulk, Encoding.Latin1.GetBytes("project,kpi,date,value,note\nsite,orders,2026-01-03,1,caf\u00e9\n"), Files.Csv);
        Assert.Equal(["2 5 "], Lines(latin));
    }

    [Theory]
    [InlineData("project,kpi,date,value,colour\nsite,orders,2026-01-01,1,red\n", "text/csv", 400)]
    [InlineData("project,kpi,date,value,value\nsite,orders,2026-01-01,1,2\n", "text/csv", 400)]
    [InlineData("Project,kpi,date,value\nsite,orders,2026-01-01,1\n", "text/csv", 400)]
    [InlineData("project;kpi;date;value\nsite;orders;2026-01-01;1\n", "text/csv", 400)]
    [InlineData("project,kpi,date,value\nsite,orders,2026-01-01,1\n", "text/csv; charset=windows-1252", 415)]
    [InlineData("project,kpi,date,value\nsite,orders,2026-01-01,1\n", "text/csv; charset=klingon", 415)]
    [InlineData("project,kpi,date,value\nsite,orders,2026-01-01,1\n", "text/plain", 415)]
    public async Task A_csv_file_of_another_form_is_refused(string csv, string contentType, int status)
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        var before = await Tables.Dump(app);
        using var response = await Files.Send(client.Http, Bulk, Encoding.UTF8.GetBytes(csv), contentType);
        await Problems.Of(response, status);
        Tables.AssertSame(before, await Tables.Dump(app), "a refused file stored something");
    }

    [Theory]
    [InlineData("site,orders,2026-01-02,1,\"stray,b")]
    [InlineData("site,orders,2026-01-02,1,12\" screen,b")]
    [InlineData("site,orders,2026-01-02,1,\"12\" screen\",b")]
    public async Task A_quote_that_is_never_closed_refuses_its_own_line_only(string bad)
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        var csv = Encoding.UTF8.GetBytes($"project,kpi,date,value,note,externalId\nsite,orders,2026-01-01,1,,a\n{bad}\nsite,orders,2026-01-03,1,,c\nsite,orders,2026-01-04,1,\"two\nlines\",d\nsite,orders,2026-01-05,1,,e\n");
        var before = await Tables.Dump(app);
        await Problems.Of(await Files.Send(client.Http, Bulk + "?mode=atomic", csv, Files.Csv), 422, "invalid", "/1");
        Tables.AssertSame(before, await Tables.Dump(app), "an atomic file with a stray quote stored something");

        var receipt = await client.Upload(Bulk, csv, Files.Csv);
        Assert.Equal("5 4 0 0 1 0", receipt.Counts());
        Assert.Equal(["3 5 "], Lines(receipt));
        Assert.Equal(["a", "c", "d", "e"], (await client.Get("/v1/measurements"))["items"]!.AsArray().Select(fact => (string?)fact!["externalId"]));
    }

    [Fact]
    public async Task A_row_that_a_quote_made_of_several_lines_says_so()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        var receipt = await client.Upload(Bulk, Encoding.UTF8.GetBytes("project,kpi,date,value,note\nsite,orders,2026-01-01,\"1\nsite,orders,2026-01-02,1\"\n"), Files.Csv);
        Assert.Equal("1 0 0 0 1 0", receipt.Counts());
        Assert.Equal("has 4 fields, for a quote makes one row of the lines 2 to 3; the header has 5.", (string?)receipt["errors"]![0]!["errors"]![""]![0]);
    }

    [Theory]
    [InlineData("\uFEFF", "windows-1252", false)]
    [InlineData("\uFEFF", "iso-8859-15", false)]
    [InlineData("\uFEFF", "utf-8", true)]
    [InlineData("", "windows-1252", true)]
    public async Task A_file_that_says_it_is_in_another_encoding_is_refused(string mark, string encoding, bool isTaken)
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        await client.Put("/v1/import-profiles/p", new
        {
            target = "measurements",
            encoding,
            rows = new[] { new { project = new { constant = "site" }, kpi = new { constant = "orders" }, date = new { column = "day" }, value = new { column = "amount" }, externalId = (object)new { number = 3 } } },
        });
        using var response = await Files.Send(client.Http, Bulk + "?profile=p", Encoding.UTF8.GetBytes(mark + "day,amount,id\n2026-01-01,1,caf\u00e9\n"), Files.Csv);
        if (isTaken)
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
        else
        {
            Assert.Contains("utf-8", (string?)(await Problems.Of(response, 400, "malformed-request"))["detail"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_csv_line_is_bounded_whatever_it_is_made_of()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        var before = await Tables.Dump(app);
        const string Header = "project,kpi,date,value,note\n";
        const string Good = "site,orders,2026-01-01,1,\n";
        foreach (var csv in new[]
        {
            new string(',', 200_000) + "\n",
            Header + Good + new string(',', 200_000) + "\n",
            Header + Good + "site,orders,2026-01-02,1," + new string('x', 1_000_000) + "\n",
            Header + Good + "site,orders,2026-01-02,1,\"never closed\n" + string.Concat(Enumerable.Repeat(Good, 10_000)),
            Header + Good + new string('x', 65_537) + "\n",
        })
        {
            using var response = await Files.Send(client.Http, Bulk, Encoding.UTF8.GetBytes(csv), Files.Csv);
            await Problems.Of(response, 413, "too-large");
        }

        Tables.AssertSame(before, await Tables.Dump(app), "a file with too long a line stored something");
        Assert.Equal("1 0 0 0 1 0", (await client.Upload(Bulk, Encoding.UTF8.GetBytes(Header + "site,orders,2026-01-02,1," + new string('x', 65_536 - 25) + "\n"), Files.Csv)).Counts());
    }

    [Theory]
    [InlineData("1 234,56", 1234.56)]
    [InlineData("1\u00a0234\u00a0567,5", 1234567.5)]
    [InlineData("1\u202f234", 1234.0)]
    [InlineData("-0,5", -0.5)]
    [InlineData("12,5-", -12.5)]
    [InlineData("+7", 7.0)]
    [InlineData("1234", 1234.0)]
    [InlineData("1 23", null)]
    [InlineData("1.234,5", null)]
    [InlineData("1,234,5", null)]
    [InlineData("1,", null)]
    [InlineData("1 234 €", null)]
    [InlineData("NaN", null)]
    [InlineData("1_234", null)]
    [InlineData("٣", null)]
    public async Task A_number_is_read_as_written_or_refused(string cell, double? value)
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        await client.Put("/v1/import-profiles/n", new { target = "measurements", separator = ";", @decimal = ",", thousands = " ", header = false, dateFormats = new[] { "d/M/yy" }, rows = new[] { Columns() } });
        var receipt = await client.Upload(Bulk + "?profile=n", Encoding.UTF8.GetBytes($"5/1/26;{cell}\n"), Files.Csv);
        Assert.Equal(value is null ? "1 0 0 0 1 0" : "1 1 0 0 0 0", receipt.Counts());
        if (value is not null)
        {
            var fact = Assert.Single((await client.Get("/v1/measurements"))["items"]!.AsArray())!;
            Assert.Equal((value.Value, "2026-01-05"), ((double)fact["value"]!, (string)fact["date"]!));
        }

        static object Columns() => new { project = new { constant = "site" }, kpi = new { constant = "orders" }, date = new { number = 1 }, value = new { number = 2 } };
    }

    [Theory]
    [InlineData(",", null, "1.234", null)]
    [InlineData(",", null, "1.5", null)]
    [InlineData(",", null, "1234.56", null)]
    [InlineData(",", null, "12.34", null)]
    [InlineData(",", " ", "1.234", null)]
    [InlineData(",", " ", "12.34", null)]
    [InlineData(",", "'", "1.5", null)]
    [InlineData(",", "'", "1'234,5", 1234.5)]
    [InlineData(",", ".", "1.234", 1234.0)]
    [InlineData(",", ".", "1.234.567,89", 1234567.89)]
    [InlineData(",", ".", "1.5", null)]
    [InlineData(",", ".", "1234.56", null)]
    [InlineData(",", ".", "12.34", null)]
    [InlineData(",", ".", "1.2345", null)]
    [InlineData(null, null, "1,5", null)]
    [InlineData(".", " ", "1,5", null)]
    [InlineData(".", ",", "1,5", null)]
    [InlineData(".", ",", "1,234.5", 1234.5)]
    [InlineData(".", "'", "1,234", null)]
    public async Task A_number_in_another_form_than_the_profiles_is_refused(string? point, string? thousands, string cell, double? value)
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        await client.Put("/v1/import-profiles/n", new
        {
            target = "measurements",
            separator = ";",
            @decimal = point,
            thousands,
            rows = new[] { new { project = new { constant = "site" }, kpi = new { constant = "orders" }, date = new { constant = "2026-01-05" }, value = new { column = "amount" } } },
        });
        var receipt = await client.Upload(Bulk + "?profile=n", Encoding.UTF8.GetBytes($"amount\n{cell}\n"), Files.Csv);
        if (value is null)
        {
            Assert.Equal(["2 1 /value"], Lines(receipt));
            Assert.StartsWith("must be a number in the form of the profile", (string?)receipt["errors"]![0]!["errors"]!["/value"]![0], StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(value, (double)Assert.Single((await client.Get("/v1/measurements"))["items"]!.AsArray())!["value"]!);
        }
    }

    [Fact]
    public async Task A_line_whose_cells_are_not_those_of_the_columns_is_refused()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        await client.Put("/v1/import-profiles/lines", Profile(header: true, new { column = "amount" }));
        const string header = "day,amount,id,agency\n";
        var good = "01/07/2025,1234,INV-1,\n01/07/2025,12,INV-2\n";
        var bad = "01/07/2025,1234,56,INV-3,Agency\n01/07/2025,1234,56,INV-4,\n01/07/2025,1234\n01/07/2025\n";
        var receipt = await client.Upload(Bulk + "?profile=lines", Encoding.UTF8.GetBytes(header + good + bad), Files.Csv);
        Assert.Equal("6 2 0 0 4 0", receipt.Counts());
        Assert.Equal(["4 - ", "5 - ", "6 - ", "7 - "], Lines(receipt));
        Assert.Equal(["INV-1", "INV-2"], (await client.Get("/v1/measurements"))["items"]!.AsArray().Select(fact => (string?)fact!["externalId"]));

        // A separator at the end of every line of the table is a habit of programs.
        Assert.Equal("3 1 0 1 1 0", (await client.Upload(Bulk + "?profile=lines", Encoding.UTF8.GetBytes(header + "01/07/2025,1234,INV-1,Agency,\n01/07/2025,1,INV-5,,\n01/07/2025,1234,56,INV-4,Agency\n"), Files.Csv)).Counts());

        await client.Put("/v1/import-profiles/bare", Profile(header: false, new { number = 2 }));
        Assert.Equal("2 0 0 1 1 0", (await client.Upload(Bulk + "?profile=bare", Encoding.UTF8.GetBytes("01/07/2025,1234,INV-1,Agency,more\n01/07/2025,1234\n"), Files.Csv)).Counts());

        static object Profile(bool header, object amount) => new
        {
            target = "measurements",
            header,
            dateFormats = new[] { "dd/MM/yyyy" },
            rows = new[] { new { project = new { constant = "site" }, kpi = new { constant = "orders" }, date = new { number = 1 }, value = amount, externalId = new { number = 3 } } },
        };
    }

    [Fact]
    public async Task An_empty_cell_is_no_identity()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        static object Column(string column) => new { column };
        await client.Put("/v1/import-profiles/orders", new
        {
            target = "measurements",
            rows = new[] { new { project = (object)new { constant = "site" }, kpi = (object)new { constant = "orders" }, date = Column("day"), value = Column("amount"), externalId = Column("order") } },
        });
        var receipt = await client.Upload(Bulk + "?profile=orders", Encoding.UTF8.GetBytes("day,amount,order\n2026-01-01,5,\n2026-01-01,5, \n2026-01-01,5,a\n"), Files.Csv);
        Assert.Equal("3 1 0 0 2 0", receipt.Counts());
        Assert.Equal(["2 3 /externalId", "3 3 /externalId"], Lines(receipt));
        Assert.Equal("is empty.", (string?)receipt["errors"]![0]!["errors"]!["/externalId"]![0]);
    }

    [Fact]
    public async Task An_instant_is_one_of_the_organisations_time_zone()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        await client.Put("/v1/import-profiles/t", new { target = "measurements", separator = "\t", dateFormats = new[] { "dd/MM/yyyy HH:mm" }, rows = new[] { new { project = new { constant = "site" }, kpi = new { constant = "orders" }, timestamp = new { column = "à" }, value = new { constant = "1" } } } });
        await client.Upload(Bulk + "?profile=t", Encoding.UTF8.GetBytes("à\n01/07/2025 00:30\n01/01/2026 00:30\n"), Files.Csv);
        Assert.Equal(
            ["2025-07-01 2025-06-30T22:30:00.0000000Z", "2026-01-01 2025-12-31T23:30:00.0000000Z"],
            (await client.Get("/v1/measurements"))["items"]!.AsArray().Select(fact => $"{fact!["date"]} {fact["timestamp"]}"));
    }

    [Fact]
    public async Task The_identity_of_a_line_may_be_several_columns()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        static object Column(string column) => new { column };
        await client.Put("/v1/import-profiles/lines", new
        {
            target = "measurements",
            rows = new[]
            {
                new
                {
                    project = (object)new { constant = "site" },
                    kpi = (object)new { constant = "orders" },
                    date = Column("day"),
                    value = Column("amount"),
                    externalId = (object)new { parts = new[] { Column("order"), Column("line"), new { constant = "n" } } },
                    note = (object)new { parts = new object[] { new { number = 5 }, new { number = 1 } } },
                },
            },
        });
        // The same digits in other columns are another identity, whatever the cells hold.
        const string file = "day,order,line,amount,remark\n2026-01-01,1,12,1,a\n2026-01-01,11,2,2,\n2026-01-01,1/1,2,3,\n2026-01-01,1,1/2,4,\n2026-01-01,1,,5,\n2026-01-01,1,12,6,b\n2026-01-02,,,7,\n2026-01-03,,,8,\n";
        var receipt = await client.Upload(Bulk + "?profile=lines", Encoding.UTF8.GetBytes(file), Files.Csv);
        Assert.Equal("8 5 1 0 2 0", receipt.Counts());
        Assert.Equal(["8 2 /externalId", "9 2 /externalId"], Lines(receipt));
        Assert.Equal(
            ["1/12/n 6 b/2026-01-01", "11/2/n 2 /2026-01-01", @"1\/1/2/n 3 /2026-01-01", @"1/1\/2/n 4 /2026-01-01", "1//n 5 /2026-01-01"],
            (await client.Get("/v1/measurements"))["items"]!.AsArray().Select(fact => string.Create(CultureInfo.InvariantCulture, $"{fact!["externalId"]} {(double)fact["value"]!} {fact["note"]}")));
        Assert.Equal(8, (await client.Upload(Bulk + "?profile=lines&dryRun=true", Encoding.UTF8.GetBytes(file), Files.Csv))["received"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_profile_is_made_read_replaced_and_deleted()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        var made = await client.Put("/v1/import-profiles/erp", Exports.FrenchProfile(), HttpStatusCode.Created);
        Assert.Equal(made.ToJsonString(), (await client.Get("/v1/import-profiles/erp")).ToJsonString());
        Assert.Equal(["erp", "fec"], (await client.Get("/v1/import-profiles"))["items"]!.AsArray().Select(profile => (string?)profile!["name"]));
        var first = await client.Get("/v1/import-profiles?limit=1");
        Assert.Equal("fec", (string?)Assert.Single((await client.Get($"/v1/import-profiles?limit=1&cursor={first["nextCursor"]}"))["items"]!.AsArray())!["name"]);

        using var read = await client.Http.GetAsync("/v1/import-profiles/erp");
        var tag = read.Headers.ETag!.Tag;
        await client.Put("/v1/import-profiles/erp", Exports.FrenchProfile("draft"), HttpStatusCode.OK);
        using var stale = new HttpRequestMessage(HttpMethod.Delete, "/v1/import-profiles/erp") { Headers = { { "If-Match", tag } } };
        await Problems.Of(await client.Http.SendAsync(stale), 412, "stale");
        await client.Delete("/v1/import-profiles/erp");
        await Problems.Of(await client.Http.GetAsync("/v1/import-profiles/erp"), 404);
        await Problems.Of(await client.Http.DeleteAsync("/v1/import-profiles/erp"), 404);
        await Problems.Of(await client.Http.DeleteAsync("/v1/import-profiles/fec"), 409, "read-only");
        await Problems.Of(await client.Send(HttpMethod.Put, "/v1/import-profiles/fec", Exports.FrenchProfile()), 409, "read-only");
        await Problems.Of(await client.Send(HttpMethod.Put, "/v1/import-profiles/No%20code", Exports.FrenchProfile()), 404);
        foreach (var path in new[] { Bulk + "?profile=erp", Bulk + "?profile=fec" })
        {
            await Problems.Of(await Files.Send(client.Http, path, Exports.French, Files.Csv), 400, "malformed-request");
        }

        await Problems.Of(await Files.Send(client.Http, "/v1/projects/site/ledger/bulk?profile=fec", Exports.French), 415);
        await Problems.Of(await Files.Send(client.Http, "/v1/projects/site/ledger/bulk?profile=fec", Exports.French, Files.Csv), 400, "malformed-request");
    }

    [Fact]
    public async Task A_profile_that_was_read_may_be_put_back()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        await client.Put("/v1/import-profiles/erp", Exports.FrenchProfile(), HttpStatusCode.Created);
        var read = await client.Get("/v1/import-profiles/erp");
        read["separator"] = ",";
        var put = await client.Put("/v1/import-profiles/erp", read, HttpStatusCode.OK);
        Assert.Equal(read.ToJsonString(), put.ToJsonString());
        Assert.Equal(read.ToJsonString(), (await client.Get("/v1/import-profiles/erp")).ToJsonString());
        await Problems.Of(await client.Send(HttpMethod.Put, "/v1/import-profiles/other", read), 422, "invalid", "/name");
        read["builtIn"] = true;
        await Problems.Of(await client.Send(HttpMethod.Put, "/v1/import-profiles/erp", read), 422, "invalid", "/builtIn");
    }

    [Theory]
    [InlineData("""{"target":"measurements","rows":[{"kpi":{"constant":"k"},"value":{"constant":"abc"}}]}""", "/rows/0/value/constant")]
    [InlineData("""{"target":"measurements","decimal":",","rows":[{"kpi":{"constant":"k"},"value":{"constant":"1,5"}}]}""", "/rows/0/value/constant")]
    [InlineData("""{"target":"measurements","rows":[{"kpi":{"constant":"k"},"date":{"constant":"31/12/2025"}}]}""", "/rows/0/date/constant")]
    [InlineData("""{"target":"measurements","rows":[{"kpi":{"constant":"k"},"timestamp":{"constant":"2025-12-31"}}]}""", "/rows/0/timestamp/constant")]
    [InlineData("""{"target":"measurements","rows":[{"kpi":{"constant":" "}}]}""", "/rows/0/kpi/constant")]
    [InlineData("""{"target":"measurements"}""", "/rows")]
    [InlineData("""{"rows":[{"kpi":{"constant":"k"}}]}""", "/target")]
    [InlineData("""{"target":"measurements","rows":[]}""", "/rows")]
    [InlineData("""{"target":"measurements","rows":[{"kpi":{"constant":"k"},"colour":{"constant":"k"}}]}""", "/rows/0/colour")]
    [InlineData("""{"target":"measurements","rows":[{"kpi":{}}]}""", "/rows/0/kpi")]
    [InlineData("""{"target":"measurements","rows":[{"kpi":{"column":"a","number":1}}]}""", "/rows/0/kpi")]
    [InlineData("""{"target":"measurements","rows":[{"kpi":{"number":0}}]}""", "/rows/0/kpi")]
    [InlineData("""{"target":"measurements","rows":[{"kpi":{"parts":[{"column":"a"}]}}]}""", "/rows/0/kpi")]
    [InlineData("""{"target":"measurements","rows":[{"kpi":{"column":"a","parts":[{"column":"a"},{"column":"b"}]}}]}""", "/rows/0/kpi")]
    [InlineData("""{"target":"measurements","rows":[{"kpi":{"constant":"k"},"value":{"parts":[{"column":"a"},{"column":"b"}]}}]}""", "/rows/0/value")]
    [InlineData("""{"target":"measurements","rows":[{"kpi":{"parts":[{"column":"a"},{"number":0}]}}]}""", "/rows/0/kpi/parts/1")]
    [InlineData("""{"target":"measurements","header":false,"rows":[{"kpi":{"parts":[{"number":1},{"column":"a"}]}}]}""", "/rows/0/kpi/parts/1/column")]
    [InlineData("""{"target":"measurements","header":false,"rows":[{"kpi":{"column":"a"}}]}""", "/rows/0/kpi/column")]
    [InlineData("""{"target":"ledger","rows":[{"kind":{"constant":"cost"},"category":{"constant":"c"},"amount":{"number":1},"date":{"number":2}}]}""", "/rows/0/externalId")]
    [InlineData("""{"target":"measurements","separator":"é","rows":[{"kpi":{"constant":"k"}}]}""", "/separator")]
    [InlineData("""{"target":"measurements","separator":"\"","rows":[{"kpi":{"constant":"k"}}]}""", "/separator")]
    [InlineData("""{"target":"measurements","separator":";;","rows":[{"kpi":{"constant":"k"}}]}""", "/separator")]
    [InlineData("""{"target":"measurements","encoding":"utf-16","rows":[{"kpi":{"constant":"k"}}]}""", "/encoding")]
    [InlineData("""{"target":"measurements","thousands":".","rows":[{"kpi":{"constant":"k"}}]}""", "/thousands")]
    [InlineData("""{"target":"measurements","dateFormats":["dd/MM/yyyy","tt"],"rows":[{"kpi":{"constant":"k"}}]}""", "/dateFormats/1")]
    [InlineData("""{"target":"measurements","dateFormats":["dd/MMMM/yyyy"],"rows":[{"kpi":{"constant":"k"}}]}""", "/dateFormats/0")]
    [InlineData("""{"target":"measurements","skipLines":-1,"rows":[{"kpi":{"constant":"k"}}]}""", "/skipLines")]
    [InlineData("""{"target":"measurements","skipRows":[{"startsWith":""}],"rows":[{"kpi":{"constant":"k"}}]}""", "/skipRows/0")]
    [InlineData("""{"target":"measurements","accounts":[{"prefix":"6","kind":"cost"}],"rows":[{"kpi":{"constant":"k"}}]}""", "/accounts")]
    [InlineData("""{"target":"measurements","extends":"fec"}""", "/target")]
    [InlineData("""{"target":"ledger","extends":"fec","separator":";"}""", "/separator")]
    [InlineData("""{"target":"ledger","extends":"fec","accounts":[]}""", "/accounts")]
    [InlineData("""{"target":"ledger","extends":"fec","accounts":[{"prefix":"6","kind":"loss"}]}""", "/accounts/0")]
    [InlineData("""{"target":"ledger","extends":"fec","accounts":[{"prefix":"6","kind":"cost"},{"prefix":"6","kind":"gain"}]}""", "/accounts/1/prefix")]
    public async Task A_profile_that_could_read_nothing_is_422(string profile, string at)
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        await Problems.Of(await client.Send(HttpMethod.Put, "/v1/import-profiles/p", profile), 422, "invalid", at);
    }

    private static async Task<KpiClient> Shop(KpiApp app)
    {
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await client.Post("/v1/projects", new { code = "site", name = "Site", activity = "shop", startsOn = "2026-01-10", currency = "EUR" });
        foreach (var code in new[] { "orders", "revenue" })
        {
            await client.Post("/v1/kpis", new { code, name = new { en = code }, domain = "sales", unit = "count", direction = "increase", aggregation = "sum", threshold = new { kind = "relative", value = 0.1 } });
            await client.Post("/v1/projects/site/kpis", new { kpi = code, purpose = "Sell" });
        }

        return client;
    }

    // "line column pointer" of each described row.
    private static IEnumerable<string> Lines(JsonNode receipt) =>
        receipt["errors"]!.AsArray().Select(error => $"{error!["line"]} {error["column"]?.ToJsonString() ?? "-"} {error["errors"]!.AsObject().Single().Key}");
}

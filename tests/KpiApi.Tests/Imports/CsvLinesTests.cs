using System.Globalization;
using System.Text;
using KpiApi.Http;
using KpiApi.Imports;

namespace KpiApi.Tests.Imports;

/// <summary>What a CSV file is cut into, however it comes through the network.</summary>
public class CsvLinesTests
{
    [Theory]
    [InlineData("a,b\nc,d\n", "1[a][b] 2[c][d]")]
    [InlineData("a,b\r\n\r\n \nc", "1[a][b] 3[ ] 4[c]")]
    [InlineData("a\rb\r\rc", "1[a] 2[b] 4[c]")]
    [InlineData(",\n\"\",\n", "1[][] 2[][]")]
    [InlineData("\uFEFFa", "1[a]")]
    [InlineData("\uFEFF", "")]
    [InlineData("", "")]
    [InlineData("\"a\"\"b\",\"\"\"\"\n", "1[a\"b][\"]")]
    [InlineData("a,\"b\r\nc,\"\"\nd\"\r\ne", "1-3[a][b~~c,\"~d] 4[e]")]
    [InlineData("\"a\"", "1[a]")]
    [InlineData("a,b\"c,d\nx,y", "1[a]!2 2[x][y]")]
    [InlineData("a, \"b\"\nx", "1[a]!2 2[x]")]
    [InlineData("\"a\"b,c\r\nx", "1!1 2[x]")]
    [InlineData("a,\"b\nx,y\nz", "1[a]!2 2[x][y] 3[z]")]
    [InlineData("a,\"", "1[a]!2")]
    [InlineData("a,\"b\nx,\"y\"\nz", "1[a]!2 2[x][y] 3[z]")]
    [InlineData("a,\"b\nc\",\"d\n\"e\"\nf", "1[a]!2 2!1 3[e] 4[f]")]
    [InlineData("a,\"b\nc,\"d\n\"e\nf", "1[a]!2 2[c]!2 3!1 4[f]")]
    public async Task A_file_is_cut_into_the_same_records_in_whatever_pieces_it_comes(string text, string records)
    {
        var file = Encoding.UTF8.GetBytes(text);
        foreach (var piece in new[] { 1, 2, 3, 7, 1000 })
        {
            Assert.Equal(records, await Cut(file, piece, new CsvLayout(',', CellEncoding.Utf8, IsQuoted: true, 0, 100)));
        }
    }

    [Fact]
    public async Task A_file_is_cut_into_the_same_records_wherever_the_part_of_it_in_memory_ends()
    {
        var layout = new CsvLayout(',', CellEncoding.Utf8, IsQuoted: true, 0, 20);
        for (var empty = 0; empty < 250; empty++)
        {
            var file = Encoding.UTF8.GetBytes(new string('\n', empty) + "a,\"b\r\nc\rd\"\r\n\r\n\uFEFFe,\"f\nx,\"y\"\r\n\uFEFFg,\"h\n\"\ri\"j\n\"k\nl");
            Assert.Equal("1-3[a][b~~c~d] 5[\uFEFFe]!2 6[x][y] 7-8[\uFEFFg][h~] 9!1 10!1 11[l]", await Cut(file, 1000, layout, empty));
        }
    }

    [Fact]
    public async Task A_quote_that_is_contradicted_refuses_its_line_though_no_other_quote_follows()
    {
        var file = Encoding.UTF8.GetBytes("a,\"b\nx,\"y\"\n" + string.Concat(Enumerable.Repeat("z\n", 200)));
        Assert.StartsWith("1[a]!2 2[x][y] 3[z] 4[z]", await Cut(file, 1000, new CsvLayout(',', CellEncoding.Utf8, IsQuoted: true, 0, 100)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\n\n{0}", 100, null)]
    [InlineData("a\n\n{0}", 101, "Line 3 has more than 100 bytes.")]
    [InlineData("a\n\n{0}\nb\n", 1000, "Line 3 has more than 100 bytes.")]
    [InlineData("a\n\n\"\n{0}\"\nb\n", 97, null)]
    [InlineData("a\n\n\"\n{0}\"\nb\n", 98, "Line 3 has a quote that is not closed within 100 bytes.")]
    [InlineData("a\n\n\"\n{0}\"", 98, "Line 3 has a quote that is not closed within 100 bytes.")]
    [InlineData("a\n\n\"\n{0}\n{0}\n{0}", 98, "Line 3 has a quote that is not closed within 100 bytes.")]
    public async Task A_record_that_is_too_long_is_told_by_its_line(string text, int length, string? refusal)
    {
        var file = Encoding.UTF8.GetBytes(text.Replace("{0}", new string('x', length), StringComparison.Ordinal));
        foreach (var piece in new[] { 1, 1000 })
        {
            var problem = await Record.ExceptionAsync(() => Cut(file, piece, new CsvLayout(',', CellEncoding.Utf8, IsQuoted: true, 0, 100)));
            Assert.Equal(refusal, problem is null ? null : Assert.IsType<ProblemException>(problem).Message);
        }
    }

    [Fact]
    public async Task Quotes_are_ordinary_characters_where_the_file_says_nothing_of_them()
    {
        var file = Encoding.UTF8.GetBytes("title\ra|\"b\n\"c\"\"\"|d\te\n");
        Assert.Equal("2[a][\"b] 3[c\"][d\te]", await Cut(file, 1, new CsvLayout(null, CellEncoding.Utf8, IsQuoted: false, 1, 100)));
    }

    /// <summary>Whatever the quotes are, each line is in exactly one record, and what a writer of RFC 4180 wrote comes back.</summary>
    [Fact]
    public async Task No_line_is_lost_and_none_is_read_twice()
    {
        var random = new Random(7);
        const string alphabet = "ab,\"\"\n\r";
        for (var run = 0; run < 3_000; run++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => alphabet[random.Next(alphabet.Length)]));
            var next = 1L;
            await foreach (var line in CsvLines.Read(new Pieces(Encoding.UTF8.GetBytes(text), random.Next(1, 9)), new CsvLayout(',', CellEncoding.Utf8, IsQuoted: true, 0, 100), CancellationToken.None))
            {
                var between = Enumerable.Range((int)next, (int)(line.Number - next)).Select(number => text.ReplaceLineEndings("\n").Split('\n')[number - 1]);
                Assert.All(between, Assert.Empty);
                Assert.True(line.Number >= next && line.LastNumber >= line.Number, text);
                Assert.True(line.Fault is null || (line.BadCell == line.Cells.Count + 1 && line.LastNumber == line.Number), text);
                next = line.LastNumber + 1;
            }

            string[][] rows = [.. Enumerable.Range(0, 3).Select(_ => Enumerable.Range(0, 2).Select(_ => "x" + string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => alphabet[random.Next(alphabet.Length)]))).ToArray())];
            var written = string.Join("\r\n", rows.Select(row => string.Join(',', row.Select(cell => $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\""))));
            var read = new List<string[]>();
            await foreach (var line in CsvLines.Read(new Pieces(Encoding.UTF8.GetBytes(written), random.Next(1, 9)), new CsvLayout(',', CellEncoding.Utf8, IsQuoted: true, 0, 100), CancellationToken.None))
            {
                read.Add([.. line.Cells]);
            }

            Assert.Equal(rows, read);
        }
    }

    private static async Task<string> Cut(byte[] file, int piece, CsvLayout layout, int above = 0)
    {
        var records = new List<string>();
        await foreach (var line in CsvLines.Read(new Pieces(file, piece), layout, CancellationToken.None))
        {
            var (first, last) = (line.Number - above, line.LastNumber - above);
            var number = last > first ? $"{first}-{last}" : first.ToString(CultureInfo.InvariantCulture);
            records.Add($"{number}{string.Concat(line.Cells.Select(cell => $"[{cell}]"))}{(line.Fault is null ? "" : $"!{line.BadCell}")}".Replace('\r', '~').Replace('\n', '~'));
        }

        return string.Join(' ', records);
    }

    /// <summary>A stream that gives a few bytes at a time.</summary>
    private sealed class Pieces(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}

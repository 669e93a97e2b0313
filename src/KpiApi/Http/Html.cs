using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace KpiApi.Http;

/// <summary>
/// A piece of a page. Of <c>Html.Of($"…")</c> what is written between the braces is text and is encoded, here and nowhere else; the rest is
/// markup of the program. A text cannot become markup in any other way.
/// </summary>
internal readonly struct Html
{
    public static readonly Html None;

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly string? _markup;

    private Html(string markup) => _markup = markup;

    public static Html Of(ref Writer markup) => new(markup.Written());

    public static Html Join(IEnumerable<Html> pieces) => new(string.Concat(pieces));

    /// <summary>The piece, or nothing.</summary>
    public static Html If(bool isShown, Func<Html> piece) => isShown ? piece() : None;

    /// <summary>The markup.</summary>
    public override string ToString() => _markup ?? "";

    [InterpolatedStringHandler]
    internal readonly ref struct Writer(int literalLength, int formattedCount)
    {
        private readonly StringBuilder _written = new(literalLength + (16 * formattedCount));

        public void AppendLiteral(string markup) => _written.Append(markup);

        public void AppendFormatted(string? text) => _written.Append(Encoder.Encode(text ?? ""));

        public void AppendFormatted(Html piece) => _written.Append(piece);

        public void AppendFormatted(IEnumerable<Html> pieces)
        {
            foreach (var piece in pieces)
            {
                _written.Append(piece);
            }
        }

        public void AppendFormatted(int number) => _written.Append(CultureInfo.InvariantCulture, $"{number}");

        /// <summary>A coordinate of a drawing.</summary>
        public void AppendFormatted(double number) => _written.Append(CultureInfo.InvariantCulture, $"{number:0.##}");

        public string Written() => _written.ToString();
    }
}

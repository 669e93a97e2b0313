using System.Text.Json;
using System.Text.Json.Serialization;

namespace KpiApi.Http;

/// <summary>What a value says against the strict reading; the message completes "… ".</summary>
internal sealed class StrictJsonException(string message) : JsonException(message);

/// <summary>One set of rules for every body: nothing unknown, nothing twice, nothing null that must not be, no U+0000.</summary>
internal static class StrictJson
{
    public static readonly JsonSerializerOptions Options = Create();

    /// <summary>The text behind a mark of UTF-8, which programs on Windows like to send, and which is no JSON.</summary>
    public static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> text) =>
        text.Span.StartsWith(System.Text.Encoding.UTF8.Preamble) ? text[System.Text.Encoding.UTF8.Preamble.Length..] : text;

    public static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = false;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.MaxDepth = Limits.JsonDepth;
        options.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(new TextConverter());
        options.Converters.Add(new ExactNumberConverter());
    }

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions();
        Configure(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>Text without U+0000, which databases and spreadsheets cut at.</summary>
    private sealed class TextConverter : JsonConverter<string>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.String)
            {
                throw new StrictJsonException("must be text.");
            }

            string text;
            try
            {
                text = reader.GetString()!;
            }
            catch (InvalidOperationException)
            {
                throw new StrictJsonException("is not valid Unicode text.");
            }

            return text.Contains('\0', StringComparison.Ordinal) ? throw new StrictJsonException("contains U+0000.") : text;
        }

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

        public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString()!;

        public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(value);
    }

    private sealed class ExactNumberConverter : JsonConverter<ExactNumber>
    {
        public override ExactNumber Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.Number)
            {
                throw new StrictJsonException("must be a number.");
            }

            return new ExactNumber(reader.HasValueSequence ? System.Text.Encoding.ASCII.GetString(System.Buffers.BuffersExtensions.ToArray(reader.ValueSequence)) : System.Text.Encoding.ASCII.GetString(reader.ValueSpan));
        }

        public override void Write(Utf8JsonWriter writer, ExactNumber value, JsonSerializerOptions options) => writer.WriteRawValue(value.Digits);
    }
}

/// <summary>A number as it was written, so that it is rounded once, from its digits, and never passes through a double.</summary>
internal readonly record struct ExactNumber(string Digits)
{
    /// <summary>
    /// The number in units of 10^-<paramref name="decimals"/>, rounded half away from zero (steering page 10).
    /// False when its size is above <paramref name="largest"/>.
    /// </summary>
    public bool TryUnits(int decimals, long largest, out long units)
    {
        units = 0;
        var text = Digits.AsSpan();
        var negative = text[0] == '-';
        var exponent = 0L;
        var e = text.IndexOfAny('e', 'E');
        if (e >= 0)
        {
            // An exponent too long to read is as good as the largest one.
            var written = text[(e + 1)..];
            exponent = long.TryParse(written, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var read)
                ? Math.Clamp(read, -1_000_000_000, 1_000_000_000)
                : written[0] == '-' ? -1_000_000_000 : 1_000_000_000;
            text = text[..e];
        }

        text = text[(negative ? 1 : 0)..];
        var point = text.IndexOf('.');
        var digits = point < 0 ? text.ToString() : string.Concat(text[..point], text[(point + 1)..]);
        var leadingZeros = digits.AsSpan().IndexOfAnyExcept('0');
        if (leadingZeros < 0)
        {
            return true;
        }

        // Value = 0.d1d2d3… × 10^scale with d1 ≠ 0; the unit digit of the result stands at position scale + decimals.
        var significant = digits.AsSpan(leadingZeros);
        var kept = (point < 0 ? digits.Length : point) - leadingZeros + exponent + decimals;
        if (kept < 0)
        {
            return true;
        }

        if (kept > 18)
        {
            return false;
        }

        for (var position = 0; position < kept; position++)
        {
            units = units * 10 + (position < significant.Length ? significant[position] - '0' : 0);
        }

        if (kept < significant.Length && significant[(int)kept] >= '5')
        {
            units++;
        }

        var limit = largest * (long)Math.Pow(10, decimals);
        var inRange = units < limit || (units == limit && !Exceeds(significant, kept));
        units = negative ? -units : units;
        return inRange;
    }

    // Exactly the limit after rounding is in range unless something was rounded away.
    private static bool Exceeds(ReadOnlySpan<char> significant, long kept) => kept < significant.Length && significant[(int)kept..].IndexOfAnyExcept('0') >= 0 && significant[(int)kept] < '5';
}

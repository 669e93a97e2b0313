using System.IO.Compression;
using KpiApi.Http;
using Microsoft.Net.Http.Headers;

namespace KpiApi.Imports;

/// <summary>The file in a request, decompressed as it comes, and what its headers say of it.</summary>
internal sealed class UploadBody : IAsyncDisposable
{
    public const string Ndjson = "application/x-ndjson";
    public const string Csv = "text/csv";

    // Deflate cannot shrink rows of facts, which differ in a day or an id, to a hundredth. Zeros it can, to a thousandth.
    private const int MostRatio = 200;
    private const long RatioCountsFrom = 1024 * 1024;

    private readonly MeteredStream _content;
    private readonly Stream? _unzipped;

    private UploadBody(HttpRequest request, string mediaType, string? charset, bool isZipped, long mostBytes)
    {
        MediaType = mediaType;
        Charset = charset;
        var sent = new MeteredStream(request.Body, null);
        _unzipped = isZipped ? new GZipStream(sent, CompressionMode.Decompress) : null;
        _content = new MeteredStream(_unzipped ?? sent, bytes =>
        {
            if (bytes > mostBytes)
            {
                throw new ProblemException(ProblemType.TooLarge, $"The file is larger than the {mostBytes} bytes that are taken here, counted after decompression.");
            }

            if (isZipped && bytes > RatioCountsFrom && bytes / MostRatio > sent.Bytes)
            {
                throw new ProblemException(ProblemType.TooLarge, $"The file grows to more than {MostRatio} times its size when it is decompressed. Send it as it is.");
            }
        });
    }

    public string MediaType { get; }

    /// <summary>The charset that Content-Type names, in lower case, if it names one.</summary>
    public string? Charset { get; }

    /// <summary>The bytes of the file.</summary>
    public Stream Content => _content;

    /// <summary>Bytes of the file that were read so far.</summary>
    public long Bytes => _content.Bytes;

    /// <exception cref="ProblemException">415: another media type or Content-Encoding.</exception>
    public static UploadBody Open(HttpRequest request, long mostBytes)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || type.MediaType.Value?.ToLowerInvariant() is not (Ndjson or Csv) and var mediaType)
        {
            throw new ProblemException(ProblemType.UnsupportedMediaType, $"Send {Ndjson} or {Csv}.");
        }

        var encodings = request.Headers.ContentEncoding
            .SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Where(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
            .ToList();
        if (encodings.Count > 1 || (encodings is [var encoding] && !encoding.Equals("gzip", StringComparison.OrdinalIgnoreCase)))
        {
            throw new ProblemException(ProblemType.UnsupportedMediaType, "The Content-Encoding of a file is gzip, or there is none.");
        }

        var charset = type.Charset.Value?.Trim('"').ToLowerInvariant();
        return new UploadBody(request, type.MediaType.Value!.ToLowerInvariant(), string.IsNullOrEmpty(charset) ? null : charset, encodings.Count == 1, mostBytes);
    }

    /// <exception cref="ProblemException">415: Content-Type names a charset that is none of these.</exception>
    public void RequireCharset(params ReadOnlySpan<string> names)
    {
        if (Charset is not null && !names.Contains(Charset))
        {
            throw new ProblemException(ProblemType.UnsupportedMediaType, $"The file is to be in {names[0]}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _content.DisposeAsync();
        if (_unzipped is not null)
        {
            await _unzipped.DisposeAsync();
        }
    }

    /// <summary>Counts what is read, and says so before it is handed on. What cannot be unzipped is the sender's fault.</summary>
    private sealed class MeteredStream(Stream inner, Action<long>? check) : Stream
    {
        public long Bytes { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read;
            try
            {
                read = await inner.ReadAsync(buffer, cancellationToken);
            }
            catch (InvalidDataException)
            {
                throw new ProblemException(ProblemType.Malformed, "The body is not valid gzip.");
            }

            Bytes += read;
            check?.Invoke(Bytes);
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("A request is never read synchronously.");

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

using System.Collections.Concurrent;
using System.Data.Common;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using KpiApi.Storage;
using Microsoft.Data.Sqlite;

namespace KpiApi.Tests.Support;

/// <summary>When a fault may happen.</summary>
internal enum TdsMoment
{
    Connect,
    Login,
    Statement,
    Begin,
    Commit,
    Rollback,
}

/// <summary>A request of a driver: the session it came on, its text, the types that it declares of its parameters, and the scope of the session.</summary>
internal sealed record TdsRequest(int Session, TdsMoment Moment, string Text, string Declared, Scope Scope);

/// <summary>What goes wrong.</summary>
internal abstract record TdsFault
{
    /// <summary>The connection is cut before the request is looked at, or after it was carried out and before it is answered.</summary>
    internal sealed record Reset(bool IsCarriedOut) : TdsFault;

    /// <summary>The connection is cut, and the request is carried out a moment later.</summary>
    internal sealed record Late(TimeSpan Moment) : TdsFault;

    /// <summary>Carries it out after a while.</summary>
    internal sealed record Slow(TimeSpan While) : TdsFault;

    /// <summary>No answer. A driver that gives up is heard, unless nothing is heard any more.</summary>
    internal sealed record Silence(bool IsDeaf = false) : TdsFault;

    /// <summary>An error of the server, which ends the transaction.</summary>
    internal sealed record Error(int Number, byte Severity) : TdsFault;
}

/// <summary>
/// Enough of a SQL Server for its driver: it speaks the wire protocol and keeps its rows in a SQLite file, because the statements of the program are the
/// same on both but for a few, which are recognised here. It fails when told to. What it proves is the driver's and the program's side of a failure.
/// </summary>
internal sealed class TdsServer : TestDatabase
{
    private readonly TestDatabase _stored;
    private readonly ConcurrentDictionary<int, TdsSession> _sessions = new();
    private readonly ConcurrentBag<Task> _tasks = [];
    private Socket _listener;
    private int _count;

    private TdsServer(TestDatabase stored)
    {
        _stored = stored;
        _listener = Listen(0);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
    }

    public int Port { get; }

    /// <summary>Asked at each request; what it gives happens.</summary>
    public Func<TdsMoment, string, TdsFault?> Faults { get; set; } = (_, _) => null;

    public ConcurrentQueue<TdsRequest> Requests { get; } = new();

    public int Attentions { get; set; }

    public string File => ((SqliteTestDatabase)_stored).File;

    /// <param name="more">Further words of the connection string, ";Name=value".</param>
    public string ConnectionString(string more = "") => $"Server=tcp:127.0.0.1,{Port};Database=kpi;User ID=kpi;Password=kpi;Encrypt=False{more}";

    public override string[] Settings => ["--Database:Provider=sqlserver", $"--ConnectionStrings:Kpi={ConnectionString(More)}"];

    /// <summary>What the program adds to the connection string.</summary>
    public string More { get; init; } = "";

    public static async Task<TdsServer> Start(string more = "") => new(await TakeFile()) { More = more };

    public override Dialect Dialect() => KpiApi.Storage.Dialect.For("sqlserver", ConnectionString(More));

    public override Task<DbConnection> Open() => _stored.Open();

    public override Task<IReadOnlyList<TestColumn>> Columns(DbConnection connection, string table) => _stored.Columns(connection, table);

    public override string Inserting(string table, bool isNumbered, string insert) => _stored.Inserting(table, isNumbered, insert);

    /// <summary>The next requests that match fail, so many of them.</summary>
    public void Fail(int times, TdsFault fault, Func<TdsMoment, string, bool> when)
    {
        var left = times;
        Faults = (moment, text) => when(moment, text) && Interlocked.Decrement(ref left) >= 0 ? fault : null;
    }

    /// <summary>The process is gone: connections are cut and new ones refused.</summary>
    public void Stop()
    {
        _listener.Dispose();
        Cut();
    }

    /// <summary>It is back, on the same port.</summary>
    public void Restart() => _listener = Listen(Port);

    /// <summary>Cuts all connections.</summary>
    public void Cut()
    {
        foreach (var session in _sessions.Values)
        {
            session.Cut();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        Stop();
        await Task.WhenAll(_tasks);
        await _stored.DisposeAsync();
    }

    private Socket Listen(int port)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(512);
        _tasks.Add(Task.Run(() => Accept(listener)));
        return listener;
    }

    private async Task Accept(Socket listener)
    {
        try
        {
            while (true)
            {
                var socket = await listener.AcceptAsync();
                var session = new TdsSession(this, Interlocked.Increment(ref _count), socket);
                _sessions[session.Number] = session;
                _tasks.Add(Task.Run(async () =>
                {
                    using (session)
                    {
                        await session.Run();
                    }

                    _sessions.TryRemove(session.Number, out _);
                }));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }
}

/// <summary>One connection: what it was asked, and the transaction that it is in.</summary>
internal sealed partial class TdsSession(TdsServer server, int number, Socket socket) : IDisposable
{
    private const byte Batch = 0x01;
    private const byte Call = 0x03;
    private const byte Attention = 0x06;
    private const byte AboutTransaction = 0x0E;
    private const byte Login = 0x10;
    private const byte PreLogin = 0x12;
    private const int ReadOnlyKey = 15664;
    private const short More = 1;

    private readonly NetworkStream _stream = new(socket);
    private ScopedConnection? _rows;
    private SqliteTransaction? _transaction;
    private long _transactionNumber;
    private bool _hasBegun;
    private bool _isSealed;
    private bool _isDeaf;

    public int Number => number;

    public void Cut()
    {
        // Closed without a goodbye: what was sent and not yet read is lost.
        socket.Close(0);
    }

    public async Task Run()
    {
        try
        {
            if (server.Faults(TdsMoment.Connect, "") is { } fault)
            {
                if (fault is TdsFault.Reset)
                {
                    Cut();
                    return;
                }

                _isDeaf = true;
            }

            while (await Receive() is var (type, isReset, message))
            {
                if (_isDeaf)
                {
                    continue;
                }

                if (await Answer(type, isReset, message) is { } answer)
                {
                    await _stream.WriteAsync(TdsWriter.Packets(answer));
                }
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            // The other side, or the test, has had enough.
        }
    }

    public void Dispose()
    {
        _transaction?.Dispose();
        _rows?.Dispose();
        _stream.Dispose();
        socket.Dispose();
    }

    /// <summary>A whole message; null when the other side is gone.</summary>
    private async Task<(byte Type, bool IsReset, byte[] Message)?> Receive()
    {
        var header = new byte[8];
        var message = new MemoryStream();
        var isReset = false;
        do
        {
            if (await _stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false) < header.Length)
            {
                return null;
            }

            isReset |= (header[1] & 0x18) != 0;
            var body = new byte[(header[2] << 8) + header[3] - header.Length];
            await _stream.ReadExactlyAsync(body);
            message.Write(body);
        }
        while ((header[1] & 1) == 0);
        return (header[0], isReset, message.ToArray());
    }

    private async Task<byte[]?> Answer(byte type, bool isReset, byte[] message)
    {
        if (type == PreLogin)
        {
            return new TdsWriter().PreLogin().Bytes;
        }

        if (type == Attention)
        {
            server.Attentions++;
            return new TdsWriter().Done(0xFD, 0x20).Bytes;
        }

        var (moment, text, declared, parameters) = Read(type, message);
        server.Requests.Enqueue(new TdsRequest(number, moment, text, declared, _rows?.Scope ?? Scope.None));
        var answer = new TdsWriter();
        if (isReset)
        {
            End(isCommitted: false);
            _isSealed = false;
            answer.WasReset();
        }

        switch (server.Faults(moment, text))
        {
            case TdsFault.Silence silence:
                _isDeaf = silence.IsDeaf;
                return null;
            case TdsFault.Error error:
                Refuse(answer, error.Number, error.Severity, $"fault {error.Number}", type == Call);
                if (moment == TdsMoment.Login || error.Severity >= 20)
                {
                    await _stream.WriteAsync(TdsWriter.Packets(answer.Bytes));
                    socket.Shutdown(SocketShutdown.Both);
                }

                return answer.Bytes;
            case TdsFault.Reset { IsCarriedOut: false }:
                Cut();
                return null;
            case TdsFault.Reset:
                CarryOut(answer, type, moment, text, parameters);
                Cut();
                return null;
            case TdsFault.Late late:
                Cut();
                await Task.Delay(late.Moment);
                CarryOut(answer, type, moment, text, parameters);
                return null;
            case TdsFault.Slow slow:
                await Task.Delay(slow.While);
                goto default;
            default:
                CarryOut(answer, type, moment, text, parameters);
                return answer.Bytes;
        }
    }

    private static (TdsMoment Moment, string Text, string Declared, Dictionary<string, object?> Parameters) Read(byte type, byte[] message)
    {
        var parameters = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        var reader = new TdsReader(message);
        switch (type)
        {
            case Login:
                reader.Take(26);
                return (TdsMoment.Login, (reader.Byte() & 0x20) != 0 ? "ReadOnly" : "ReadWrite", "", parameters);
            case Batch:
                reader.SkipHeaders();
                return (TdsMoment.Statement, reader.RestAsText(), "", parameters);
            case AboutTransaction:
                reader.SkipHeaders();
                return (reader.UInt16() switch { 5 => TdsMoment.Begin, 7 => TdsMoment.Commit, _ => TdsMoment.Rollback }, "", "", parameters);
            case Call:
                reader.SkipHeaders();
                if (reader.UInt16() != ushort.MaxValue || reader.UInt16() != 10)
                {
                    throw new NotSupportedException("Only sp_executesql is called.");
                }

                reader.UInt16();
                var text = (string)reader.Parameter().Value!;
                var declared = reader.IsEmpty ? "" : (string)reader.Parameter().Value!;
                while (!reader.IsEmpty)
                {
                    var (name, value) = reader.Parameter();
                    parameters[name] = value;
                }

                return (TdsMoment.Statement, text, declared, parameters);
            default:
                throw new NotSupportedException($"A message of type 0x{type:X2}.");
        }
    }

    private void CarryOut(TdsWriter answer, byte type, TdsMoment moment, string text, Dictionary<string, object?> parameters)
    {
        switch (moment)
        {
            case TdsMoment.Login:
                _rows = ScopedConnection.Open($"Data Source={server.File};Pooling=False;Foreign Keys=True;Default Timeout=30", Scope.None);
                answer.LoggedIn("kpi");
                return;
            case TdsMoment.Begin:
                _hasBegun = true;
                answer.Began(++_transactionNumber).Done(0xFD);
                return;
            case TdsMoment.Commit or TdsMoment.Rollback:
                End(moment == TdsMoment.Commit);
                answer.Ended(_transactionNumber, moment == TdsMoment.Commit).Done(0xFD);
                return;
        }

        try
        {
            Execute(answer, type == Call ? (byte)0xFF : (byte)0xFD, text, parameters);
            _ = type == Call ? answer.ReturnStatus().Done(0xFE) : answer.Done(0xFD);
        }
        catch (SqliteException exception)
        {
            Refuse(answer, exception.SqliteErrorCode switch { 19 => 2627, ReadOnlyKey => ReadOnlyKey, _ => 50000 }, 16, exception.Message, type == Call);
        }
    }

    private void Execute(TdsWriter answer, byte done, string text, Dictionary<string, object?> parameters)
    {
        if (text.Contains("@key = N'organisation'", StringComparison.Ordinal))
        {
            if (_isSealed)
            {
                throw new SqliteException("Cannot set key 'organisation' in the session context. The key has been set as read_only for this session.", ReadOnlyKey);
            }

            _isSealed = true;
            _rows!.Scope = new Scope((long?)parameters["@organisation"], (int)(long)parameters["@asOfDay"]!, (int)(long)parameters["@closedDay"]!, (long?)parameters["@project"]);
            return;
        }

        if (text.Contains("@key = N'project'", StringComparison.Ordinal))
        {
            _rows!.Scope = _rows.Scope with { ProjectId = (long?)parameters["@project"] };
            return;
        }

        if (text.Contains("sp_getapplock", StringComparison.Ordinal))
        {
            // Every writer waits for the file, so for the lock too.
            _transaction = _rows!.BeginTransaction(deferred: false);
            Rows(
                answer,
                done,
                """
                INSERT INTO WriteMark (WriteId, WrittenAtUtc) SELECT @mark, @now WHERE NOT EXISTS (SELECT 1 FROM WriteMark WHERE WriteId = @mark);
                SELECT 0 AS Granted, 1 - CHANGES() AS IsStored
                """,
                parameters);
            return;
        }

        if (text.Contains("FMTONLY", StringComparison.Ordinal))
        {
            // Asks what a table looks like before rows are streamed into it. The answer is none that it understands, so it sends statements.
            foreach (var _ in Enumerable.Range(0, 3))
            {
                answer.Columns([("none", typeof(long))]).Done(done, More);
            }

            return;
        }

        if (_hasBegun)
        {
            _transaction ??= _rows!.BeginTransaction(deferred: true);
        }

        Rows(answer, done, Translated(text), parameters);
    }

    private static string Translated(string text) =>
        IfAbsent().Match(text) is { Success: true } insert ? $"{insert.Groups["insert"].Value} ON CONFLICT DO NOTHING"
        : text.Contains("sys.databases", StringComparison.Ordinal) ? "SELECT 1"
        : text.Contains("sys.all_columns", StringComparison.Ordinal) ? "SELECT c.name FROM pragma_table_info(@table) c"
        : text.Replace(" OFFSET 0 ROWS FETCH NEXT @limit ROWS ONLY", " LIMIT @limit", StringComparison.Ordinal)
            .Replace("; SELECT CAST(SCOPE_IDENTITY() AS BIGINT)", "; SELECT last_insert_rowid()", StringComparison.Ordinal);

    [GeneratedRegex(@"^IF NOT EXISTS \(.*?\)\n(?<insert>INSERT .*)$", RegexOptions.Singleline)]
    private static partial Regex IfAbsent();

    private void Rows(TdsWriter answer, byte done, string sql, Dictionary<string, object?> parameters)
    {
        using var command = new SqliteCommand(sql, _rows, _transaction);
        foreach (var (name, value) in parameters.Where(parameter => sql.Contains(parameter.Key, StringComparison.OrdinalIgnoreCase)))
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        using var reader = command.ExecuteReader();
        do
        {
            if (reader.FieldCount == 0)
            {
                continue;
            }

            var rows = new List<object?[]>();
            while (reader.Read())
            {
                rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(column => reader.GetValue(column) is { } value and not DBNull ? value : null)]);
            }

            var columns = Enumerable.Range(0, reader.FieldCount).Select(column => (reader.GetName(column), TypeOf(reader.GetDataTypeName(column), rows.Select(row => row[column])))).ToList();
            answer.Columns(columns);
            rows.ForEach(row => answer.Row(columns, row));
            answer.Done(done, More);
        }
        while (reader.NextResult());
        if (reader.RecordsAffected >= 0)
        {
            answer.Done(done, More, reader.RecordsAffected);
        }
    }

    private static Type TypeOf(string declared, IEnumerable<object?> values)
    {
        var found = values.OfType<object>().Select(value => value.GetType()).Distinct().ToList();
        return found.Contains(typeof(string)) ? typeof(string)
            : found.Contains(typeof(double)) ? typeof(double)
            : found.Count > 0 ? typeof(long)
            : declared switch { "TEXT" => typeof(string), "REAL" => typeof(double), _ => typeof(long) };
    }

    private void Refuse(TdsWriter answer, int error, byte severity, string message, bool isCall)
    {
        answer.Error(error, severity, message);
        if (_hasBegun)
        {
            End(isCommitted: false);
            answer.Ended(_transactionNumber, isCommitted: false);
        }

        answer.Done(isCall ? (byte)0xFE : (byte)0xFD, 2);
    }

    private void End(bool isCommitted)
    {
        if (isCommitted)
        {
            _transaction?.Commit();
        }

        _transaction?.Dispose();
        _transaction = null;
        _hasBegun = false;
    }
}

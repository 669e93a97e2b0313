using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace KpiApi.Storage;

/// <summary>A connection with what the functions behind the view Scope read. It changes between statements, never during one.</summary>
internal sealed class ScopedConnection(string connectionString) : SqliteConnection(connectionString)
{
    // All statements of the program are constants; a few grow with lists.
    private const int MostKept = 500;
    private readonly Dictionary<string, SqliteCommand> _kept = new(StringComparer.Ordinal);

    public Scope Scope { get; set; }

    /// <summary>Opens a connection whose commits are on the disk before they are acknowledged.</summary>
    public static ScopedConnection Open(string connectionString, Scope scope)
    {
        var connection = new ScopedConnection(connectionString) { Scope = scope };
        try
        {
            connection.CreateFunction("scope_organisation", () => connection.Scope.OrganisationId, isDeterministic: true);
            connection.CreateFunction("scope_as_of_day", () => (long)connection.Scope.AsOfDay, isDeterministic: true);
            connection.CreateFunction("scope_closed_day", () => (long)connection.Scope.ClosedDay, isDeterministic: true);
            connection.CreateFunction("scope_project", () => connection.Scope.ProjectId, isDeterministic: true);
            connection.Open();
            connection.Run("PRAGMA synchronous = FULL");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>A statement without parameters and result.</summary>
    public void Run(string sql, SqliteTransaction? transaction = null)
    {
        using var command = CreateDbCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        command.ExecuteNonQuery();
    }

    protected override DbCommand CreateDbCommand() => new KeptCommand(this);

    protected override void Dispose(bool disposing)
    {
        foreach (var command in _kept.Values)
        {
            command.Dispose();
        }

        _kept.Clear();
        base.Dispose(disposing);
    }

    private SqliteCommand Take(string sql)
    {
        if (!_kept.Remove(sql, out var command))
        {
            command = CreateCommand();
            command.CommandText = sql;
            // The collector may finalise a command while its own Dispose still runs, and two that walk through its statements end the process.
            // It holds nothing that is not closed by itself: its statements are safe handles.
#pragma warning disable CA1816
            GC.SuppressFinalize(command);
#pragma warning restore CA1816
        }

        return command;
    }

    private void Keep(SqliteCommand command)
    {
        command.Parameters.Clear();
        command.Transaction = null;
        if (_kept.Count >= MostKept || State != ConnectionState.Open || !_kept.TryAdd(command.CommandText, command))
        {
            command.Dispose();
        }
    }

    /// <summary>
    /// Stands for a statement that the connection has compiled before, or compiles now and keeps: to compile an INSERT takes as long as to run it.
    /// </summary>
    private sealed class KeptCommand(ScopedConnection connection) : DbCommand
    {
        private SqliteCommand? _command;
        private SqliteTransaction? _transaction;

        [AllowNull]
        public override string CommandText
        {
            get => _command?.CommandText ?? "";
            set
            {
                GiveBack();
                _command = connection.Take(value ?? "");
                _command.Transaction = _transaction;
            }
        }

        public override int CommandTimeout
        {
            get => connection.DefaultTimeout;
            set => throw new NotSupportedException("The connection says how long a statement may wait.");
        }

        public override CommandType CommandType
        {
            get => CommandType.Text;
            set => ArgumentOutOfRangeException.ThrowIfNotEqual(value, CommandType.Text);
        }

        public override bool DesignTimeVisible { get; set; }

        public override UpdateRowSource UpdatedRowSource { get; set; }

        protected override DbConnection? DbConnection
        {
            get => connection;
            set => throw new NotSupportedException("A command belongs to its connection.");
        }

        protected override DbParameterCollection DbParameterCollection => Command.Parameters;

        protected override DbTransaction? DbTransaction
        {
            get => _transaction;
            set
            {
                _transaction = (SqliteTransaction?)value;
                _command?.Transaction = _transaction;
            }
        }

        private SqliteCommand Command => _command ?? throw new InvalidOperationException("The command has no text yet.");

        public override void Cancel() => Command.Cancel();

        public override int ExecuteNonQuery() => Command.ExecuteNonQuery();

        public override object? ExecuteScalar() => Command.ExecuteScalar();

        public override void Prepare() => Command.Prepare();

        protected override DbParameter CreateDbParameter() => new NamedParameter();

        protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => Command.ExecuteReader(behavior);

        protected override void Dispose(bool disposing)
        {
            GiveBack();
            base.Dispose(disposing);
        }

        private void GiveBack()
        {
            if (_command is { } command)
            {
                _command = null;
                connection.Keep(command);
            }
        }
    }

    /// <summary>Called what the statement calls it: one without @ is looked for under three other names each time that the statement runs.</summary>
    private sealed class NamedParameter : SqliteParameter
    {
        [AllowNull]
        public override string ParameterName
        {
            get => base.ParameterName;
            set => base.ParameterName = value is { Length: > 0 } && value[0] != '@' ? "@" + value : value;
        }
    }
}

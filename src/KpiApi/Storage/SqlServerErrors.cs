using Microsoft.Data.SqlClient;

namespace KpiApi.Storage;

/// <summary>What the numbers mean that the server and its driver give to failures.</summary>
internal static class SqlServerErrors
{
    // Not our statements: the place where the database is, or the moment. Told by Azure SQL as those to try again, and by those who lost a race.
    private static readonly HashSet<int> Transient =
    [
        -2, // no answer in time
        20, 64, 121, 232, 233, 995, 997, 1231, 1236, 10053, 10054, 10060, 10061, // the connection
        615, 617, 669, 922, 923, 924, 926, 976, 978, 983, 9001, // the database starts, stops or moves to another node
        701, 802, 8645, 8651, 8628, // memory
        1204, 1205, 1222, // locks: none left, the victim of a deadlock, waited too long
        3906, 3935, 3947, 3960, 3961, 3966, 3948, 3957, // a snapshot that met another writer, or a database that was only readable for a while
        2601, 2627, // somebody else's row came first: the second look finds it
        4060, 4221, 18401, 18456, // a login that is refused while a database moves; a password that is wrong is refused four times
        10928, 10929, 10936, 40143, 40166, 40174, 40197, 40501, 40540, 40549, 40550, 40551, 40552, 40553, 40613, 40615, 42108, 42109, 42119, 47073, 49918, 49919, 49920, // Azure SQL is busy or moves
        53, 258, 11001, // the machine is not there
    ];

    // These say what is wrong with the settings, and no second try will help.
    private static readonly HashSet<int> Lasting = [18456, 40615, 53, 11001];

    private static readonly HashSet<int> Full = [1101, 1105, 9002, 40544];
    private static readonly HashSet<int> OutOfRange = [220, 8115];

    /// <summary>Whether the same work may succeed a moment later. Nothing of it was kept.</summary>
    public static bool IsTransient(SqlException exception) => exception.Number switch
    {
        var number when Lasting.Contains(number) => false,
        var number when Transient.Contains(number) => true,
        // Severity 20 and above ends the connection: a server that is shut down, a session that is killed.
        _ => exception.Class >= 20,
    };

    /// <summary>The failure that it stands for, or null when it is a bug of ours.</summary>
    public static Exception? Translate(SqlException exception) => exception.Number switch
    {
        0 when exception.Message.Contains("cancelled by user", StringComparison.OrdinalIgnoreCase) => new OperationCanceledException("The statement was cancelled.", exception),
        var number when Full.Contains(number) => new StorageFullException("The database is full.", exception),
        var number when OutOfRange.Contains(number) => new TotalOutOfRangeException("A total left the range of 64-bit integers.", exception),
        2601 or 2627 => null,
        var number when Transient.Contains(number) || exception.Class >= 20 => new StorageUnavailableException("The database cannot be reached or did not answer in time.", exception),
        _ => null,
    };
}

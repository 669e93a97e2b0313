namespace KpiApi.Http;

/// <summary>
/// Lets one request at a time through for each Idempotency-Key. The database would keep the effect single without it; this is about the wait,
/// which must end although the first request never does.
/// </summary>
internal sealed class KeysInFlight(TimeProvider time)
{
    /// <summary>The longest wait for the first answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const int RetryAfterSeconds = 5;
    private readonly Dictionary<(long OrganisationId, string Key), Door> _doors = [];

    /// <summary>Waits until no other request with the key is under way. The next one enters when the returned turn is disposed of.</summary>
    /// <exception cref="ProblemException">409: the first request is still under way.</exception>
    public async Task<IDisposable> Enter(long organisationId, string key, CancellationToken cancellation)
    {
        var turn = new Turn(this, (organisationId, key));
        using var patience = new CancellationTokenSource(Patience, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            await turn.Begin(end.Token);
            return turn;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ProblemException(ProblemType.KeyInFlight, "Another request with this Idempotency-Key is still under way. Ask again for its answer.", retryAfterSeconds: RetryAfterSeconds);
        }
    }

    private sealed class Door
    {
        public SemaphoreSlim Free { get; } = new(1, 1);

        public int Users { get; set; }
    }

    private sealed class Turn : IDisposable
    {
        private readonly KeysInFlight _owner;
        private readonly (long, string) _name;
        private readonly Door _door;

        public Turn(KeysInFlight owner, (long OrganisationId, string Key) name)
        {
            (_owner, _name) = (owner, name);
            lock (owner._doors)
            {
                if (!owner._doors.TryGetValue(name, out var door))
                {
                    owner._doors[name] = door = new Door();
                }

                door.Users++;
                _door = door;
            }
        }

        public async Task Begin(CancellationToken cancellation)
        {
            try
            {
                await _door.Free.WaitAsync(cancellation);
            }
            catch
            {
                Leave();
                throw;
            }
        }

        public void Dispose()
        {
            _door.Free.Release();
            Leave();
        }

        // A door that nobody stands at is taken away: keys are used once.
        private void Leave()
        {
            lock (_owner._doors)
            {
                if (--_door.Users == 0)
                {
                    _owner._doors.Remove(_name);
                    _door.Free.Dispose();
                }
            }
        }
    }
}

namespace KpiApi.Operations;

/// <summary>What the last probe found, the best first.</summary>
internal enum ReadyState
{
    /// <summary>The database was read and written in time.</summary>
    Ready,

    /// <summary>It can be read, but its disk has no room: posts answer 507, everything else works.</summary>
    Full,

    /// <summary>It can be read; a write failed or was not durable in time.</summary>
    ReadOnly,

    /// <summary>It did not answer in time, or with a failure.</summary>
    Down,
}

/// <summary>
/// Asks the database whether it works, one question at a time and, unless a request had reason to doubt the last answer, at most once a second, however
/// many want to know. The engine may block its caller for as long as a disk hangs, so the question is put on a thread of its own and nobody waits for it
/// longer than the patience.
/// </summary>
/// <param name="probe">Blocks until it knows; whatever it throws means that it does not work. Calls its argument after it has read.</param>
/// <param name="patience">What does not answer for so long does not work.</param>
/// <param name="clock">The clock of the machine, also where the program's own is set by a test: hanging takes real time.</param>
/// <param name="logger">Told when the answer changes.</param>
/// <param name="shown">The least that something else shows: a probe that is late is then behind others, and no silence.</param>
internal sealed partial class Readiness(Func<Action, ReadyState> probe, TimeSpan patience, TimeProvider clock, ILogger<Readiness> logger, Func<ReadyState>? shown = null)
{
    // The result of the last second may be used again.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Question? _last;
    private volatile ReadyState _told = ReadyState.Ready;
    private volatile bool _isInDoubt;
    private long _doubtedAt;

    /// <summary>Asks once before anybody does: the first question opens connections and compiles, which takes longer than a second on a slow machine.</summary>
    public void Rehearse() => Answer(new Question(clock.GetTimestamp()));

    /// <summary>The state of the last second; waits for it, at most for the rest of the patience.</summary>
    public async Task<ReadyState> Ask(CancellationToken cancellation)
    {
        var question = Current();
        // Who comes while a question hangs does not wait as long again for it.
        var left = patience - clock.GetElapsedTime(question.AskedAt);
        if (!question.Answer.IsCompleted && left > TimeSpan.Zero)
        {
            await Task.WhenAny(question.Answer, Task.Delay(left, clock, cancellation));
            cancellation.ThrowIfCancellationRequested();
        }

        return Tell(question, question.Answer.IsCompleted ? await question.Answer : Late(question));
    }

    /// <summary>What is known, without waiting. As long as that is not good a question is kept under way, so that the end of it is noticed.</summary>
    public ReadyState Peek()
    {
        if (_told is ReadyState.Ready or ReadyState.Full && !_isInDoubt)
        {
            return _told;
        }

        var question = Current();
        return question.Answer.IsCompletedSuccessfully ? Tell(question, question.Answer.Result)
            : clock.GetElapsedTime(question.AskedAt) >= patience ? Tell(question, Late(question))
            : _told;
    }

    /// <summary>A request found the database wanting: finds out, without waiting.</summary>
    public void Doubt()
    {
        lock (_lock)
        {
            if (!_isInDoubt)
            {
                _doubtedAt = clock.GetTimestamp();
                _isInDoubt = true;
            }
        }

        _ = Current();
    }

    // What was asked before the doubt does not end it.
    private bool IsDoubted(Question question) => _isInDoubt && question.AskedAt < _doubtedAt;

    private Question Current()
    {
        lock (_lock)
        {
            if (_last is null || (_last.Answer.IsCompleted && (clock.GetElapsedTime(_last.EndedAt) > Fresh || IsDoubted(_last))))
            {
                _last = Put();
            }

            return _last;
        }
    }

    private Question Put()
    {
        var question = new Question(clock.GetTimestamp());
        new Thread(() => Answer(question)) { IsBackground = true, Name = "readiness" }.Start();
        return question;
    }

    private void Answer(Question question)
    {
        ReadyState? found = null;
        try
        {
            found = probe(() => question.State = ReadyState.ReadOnly);
        }
#pragma warning disable CA1031 // Whatever fails means that it does not work; nothing may end the process from this thread.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Failed(exception);
        }

        question.EndedAt = clock.GetTimestamp();
        // What comes later is the answer, or the end, of a question that waited too long. A failure that comes in time needs no patience.
        var isLate = clock.GetElapsedTime(question.AskedAt, question.EndedAt) > patience;
        question.Source.SetResult(isLate ? Late(question) : found ?? question.State);
    }

    private ReadyState Late(Question question) => (ReadyState)Math.Min((int)question.State, (int)(shown?.Invoke() ?? ReadyState.Down));

    private ReadyState Tell(Question question, ReadyState state)
    {
        lock (_lock)
        {
            // Whoever waited for an earlier question has nothing to tell any more.
            if (question != _last)
            {
                return state;
            }

            _isInDoubt = IsDoubted(question);
            Telemetry.Ready.Record(state is ReadyState.Ready or ReadyState.Full ? 1 : 0);
            if (_told == state)
            {
                return state;
            }

            _told = state;
        }

        if (state == ReadyState.Ready)
        {
            Recovered();
        }
        else
        {
            NotReady(state);
        }

        return state;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not ready: the database is {State}")]
    private partial void NotReady(ReadyState state);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Ready again")]
    private partial void Recovered();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The probe of the database failed")]
    private partial void Failed(Exception exception);

    private sealed class Question(long askedAt)
    {
        public long AskedAt => askedAt;

        /// <summary>What is known while there is no answer.</summary>
        public volatile ReadyState State = ReadyState.Down;

        /// <summary>Set before the answer is.</summary>
        public long EndedAt { get; set; }

        public TaskCompletionSource<ReadyState> Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<ReadyState> Answer => Source.Task;
    }
}

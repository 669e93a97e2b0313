using System.Diagnostics;
using KpiApi.Operations;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace KpiApi.Tests.Operations;

/// <summary>The question that is put to the database: one at a time, once a second, and nobody waits longer than a second for it.</summary>
public class ReadinessTests
{
    [Fact]
    public async Task A_disk_that_hangs_is_told_within_a_second_to_everybody_and_asked_once()
    {
        using var disk = new ManualResetEventSlim();
        var asked = 0;
        var readiness = new Readiness(
            _ =>
            {
                Interlocked.Increment(ref asked);
                disk.Wait();
                return ReadyState.Ready;
            },
            TimeSpan.FromSeconds(1),
            TimeProvider.System,
            NullLogger<Readiness>.Instance);

        var watch = Stopwatch.StartNew();
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => readiness.Ask(CancellationToken.None)));
        Assert.All(answers, state => Assert.Equal(ReadyState.Down, state));
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(3));

        watch.Restart();
        Assert.Equal(ReadyState.Down, await readiness.Ask(CancellationToken.None));
        Assert.Equal(ReadyState.Down, readiness.Peek());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(0.5), "who comes later waits for nothing");
        Assert.Equal(1, asked);

        // It recovers by itself, although nobody asks: a request that peeks is enough.
        disk.Set();
        for (watch.Restart(); readiness.Peek() != ReadyState.Ready; await Task.Delay(20))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5));
        }
    }

    [Fact]
    public async Task The_result_of_the_last_second_is_used_again()
    {
        var clock = new FakeTimeProvider();
        var asked = 0;
        var readiness = new Readiness(_ => (ReadyState)(Interlocked.Increment(ref asked) * 0), TimeSpan.FromSeconds(1), clock, NullLogger<Readiness>.Instance);
        for (var second = 1; second <= 3; second++)
        {
            for (var index = 0; index < 50; index++)
            {
                Assert.Equal(ReadyState.Ready, await readiness.Ask(CancellationToken.None));
            }

            Assert.Equal(second, asked);
            clock.Advance(TimeSpan.FromSeconds(1.001));
        }
    }

    [Fact]
    public async Task What_was_found_before_a_doubt_is_not_used_again()
    {
        var clock = new FakeTimeProvider();
        var asked = 0;
        var state = ReadyState.Ready;
        var readiness = new Readiness(
            _ =>
            {
                Interlocked.Increment(ref asked);
                return state;
            },
            TimeSpan.FromSeconds(1),
            clock,
            NullLogger<Readiness>.Instance);
        Assert.Equal(ReadyState.Ready, await readiness.Ask(CancellationToken.None));
        state = ReadyState.Down;
        clock.Advance(TimeSpan.FromMilliseconds(1));
        for (var index = 0; index < 50; index++)
        {
            readiness.Doubt();
        }

        Assert.Equal(ReadyState.Down, await readiness.Ask(CancellationToken.None));
        Assert.Equal(2, asked);
    }

    [Theory]
    [InlineData(0.999, "Ready")]
    [InlineData(1.001, "Down")]
    public async Task An_answer_after_the_second_is_none(double seconds, string expected)
    {
        var clock = new FakeTimeProvider();
        var readiness = new Readiness(
            _ =>
            {
                clock.Advance(TimeSpan.FromSeconds(seconds));
                return ReadyState.Ready;
            },
            TimeSpan.FromSeconds(1),
            clock,
            NullLogger<Readiness>.Instance);
        Assert.Equal(expected, $"{await readiness.Ask(CancellationToken.None)}");
    }

    [Fact]
    public async Task A_probe_that_is_late_refuses_nothing_of_what_others_show_to_work()
    {
        using var disk = new ManualResetEventSlim();
        var shown = ReadyState.Ready;
        var clock = new FakeTimeProvider();
        var readiness = new Readiness(
            _ =>
            {
                disk.Wait();
                return ReadyState.Ready;
            },
            TimeSpan.FromSeconds(1),
            clock,
            NullLogger<Readiness>.Instance,
            () => shown);
        readiness.Doubt();
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(ReadyState.Ready, readiness.Peek());
        Assert.Equal(ReadyState.Ready, await readiness.Ask(CancellationToken.None));
        shown = ReadyState.ReadOnly;
        Assert.Equal(ReadyState.ReadOnly, await readiness.Ask(CancellationToken.None));
        Assert.Equal(ReadyState.ReadOnly, readiness.Peek());
        shown = ReadyState.Down;
        Assert.Equal(ReadyState.Down, await readiness.Ask(CancellationToken.None));
        Assert.Equal(ReadyState.Down, readiness.Peek());
        disk.Set();
    }

    [Fact]
    public async Task A_failure_is_one_whatever_became_durable_before()
    {
        var readiness = new Readiness(_ => throw new IOException("broken"), TimeSpan.FromSeconds(1), TimeProvider.System, NullLogger<Readiness>.Instance, () => ReadyState.Ready);
        Assert.Equal(ReadyState.Down, await readiness.Ask(CancellationToken.None));
    }

    [Theory]
    [InlineData(false, "Down")]
    [InlineData(true, "ReadOnly")]
    public async Task A_failure_is_told_by_how_far_the_probe_came(bool reads, string expected)
    {
        var clock = new FakeTimeProvider();
        var isBroken = true;
        var readiness = new Readiness(
            hasRead =>
            {
                if (isBroken)
                {
                    (reads ? hasRead : () => { })();
                    throw new IOException("broken");
                }

                return ReadyState.Full;
            },
            TimeSpan.FromSeconds(1),
            clock,
            NullLogger<Readiness>.Instance);

        // Nothing is asked for as long as nobody doubts.
        Assert.Equal(ReadyState.Ready, readiness.Peek());
        readiness.Doubt();
        for (var watch = Stopwatch.StartNew(); $"{readiness.Peek()}" != expected; await Task.Delay(5))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5));
        }

        isBroken = false;
        Assert.Equal(expected, $"{await readiness.Ask(CancellationToken.None)}");
        clock.Advance(TimeSpan.FromSeconds(1.001));
        Assert.Equal(ReadyState.Full, await readiness.Ask(CancellationToken.None));
        Assert.Equal(ReadyState.Full, readiness.Peek());
    }
}

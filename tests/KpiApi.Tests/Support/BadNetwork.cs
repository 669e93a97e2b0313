using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KpiApi.Tests.Support;

/// <summary>A network between a client and a server that does to each connection, in turn, what it is told; when nothing is left to do it is a good one.</summary>
internal sealed class BadNetwork : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentQueue<Func<Socket, Socket, Task>> _todo = new();
    private readonly Uri _server;

    public BadNetwork(string server)
    {
        _server = new Uri(server);
        _listener.Start();
        _ = Accept();
    }

    /// <summary>The address to call instead of the server's.</summary>
    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public int Connections { get; private set; }

    /// <summary>The next connection is reset as soon as it is there.</summary>
    public BadNetwork Refuse() => Next((_, _) => Task.CompletedTask);

    /// <summary>The next connection works: one request and its answer, and is then closed.</summary>
    public BadNetwork Pass() => Next(async (client, server) =>
    {
        _ = Pump(client, server, long.MaxValue);
        await Pump(server, client, long.MaxValue, once: true);
        client.LingerState = new LingerOption(true, 5);
    });

    /// <summary>Of the next connection, so many bytes reach the server; then it is reset.</summary>
    public BadNetwork Cut(long after) => Next(async (client, server) =>
    {
        _ = Pump(server, client, long.MaxValue);
        await Pump(client, server, after);
    });

    /// <summary>The next connection reaches the server whole, and its answer does not come back.</summary>
    public BadNetwork LoseAnswer() => Next(async (client, server) =>
    {
        _ = Pump(client, server, long.MaxValue);
        // "100 Continue" is let through: it is no answer yet.
        await Pump(server, client, long.MaxValue, once: true);
        await server.ReceiveAsync(new byte[1], SocketFlags.Peek, _end.Token);
    });

    /// <summary>The next connection is taken and nothing ever comes of it.</summary>
    public BadNetwork Hang() => Next((_, _) => Task.Delay(Timeout.Infinite, _end.Token));

    /// <summary>The next request is answered by something in between.</summary>
    public BadNetwork Answer(string answer) => Next(async (client, _) =>
    {
        await client.ReceiveAsync(new byte[64 * 1024], SocketFlags.None, _end.Token);
        await client.SendAsync(Encoding.ASCII.GetBytes(answer.ReplaceLineEndings("\r\n") + "\r\n\r\n"), SocketFlags.None, _end.Token);
        client.LingerState = new LingerOption(true, 5);
    });

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _end.Dispose();
    }

    private BadNetwork Next(Func<Socket, Socket, Task> what)
    {
        _todo.Enqueue(what);
        return this;
    }

    private async Task Accept()
    {
        while (!_end.IsCancellationRequested)
        {
            var client = await _listener.AcceptSocketAsync(_end.Token);
            Connections++;
            _ = Carry(client);
        }
    }

    private async Task Carry(Socket client)
    {
        using (client)
        {
            // Unless told otherwise, an end is a reset.
            client.LingerState = new LingerOption(true, 0);
            using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
            await server.ConnectAsync(IPAddress.Loopback, _server.Port);
            try
            {
                if (_todo.TryDequeue(out var what))
                {
                    await what(client, server);
                }
                else
                {
                    var back = Pump(server, client, long.MaxValue);
                    await Pump(client, server, long.MaxValue);
                    await back;
                }
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // Either end is gone.
            }
        }
    }

    private async Task Pump(Socket from, Socket to, long most, bool once = false)
    {
        try
        {
            var buffer = new byte[16 * 1024];
            for (var left = most; left > 0;)
            {
                var read = await from.ReceiveAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), SocketFlags.None, _end.Token);
                if (read == 0)
                {
                    to.Shutdown(SocketShutdown.Send);
                    return;
                }

                for (var sent = 0; sent < read;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), SocketFlags.None, _end.Token);
                }

                left -= read;
                if (once)
                {
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Either end is gone.
        }
    }
}

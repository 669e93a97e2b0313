using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KpiApi.Tests.Durability;

/// <summary>
/// A disk under the database that remembers what was synced and what was only written, and can run full. It stands between the engine and the
/// file system (a VFS in the engine's words), so that neither root nor another program is needed. docs/decisions/0008 says what it sees and what not.
/// </summary>
internal sealed unsafe class Disk
{
    /// <summary>To be named in the connection string, as <c>Vfs</c>.</summary>
    public const string VfsName = "kpitest";

    private const int Sector = 512;
    private const int Ok = 0;
    private const int Full = 13;

    // Of sqlite3_vfs and sqlite3_io_methods, on 64-bit machines.
    private const int VfsBytes = 168;
    private const int VfsNext = 16;
    private const int VfsNameAt = 24;
    private const int VfsOpen = 40;
    private const int VfsDelete = 48;
    private const int MethodsBytes = 152;
    private const int MethodsClose = 8;
    private const int MethodsWrite = 24;
    private const int MethodsTruncate = 32;
    private const int MethodsSync = 40;

    private static readonly ConcurrentDictionary<string, Disk> Disks = [];
    private static readonly ConcurrentDictionary<nint, Handle> Handles = [];
    private static readonly ConcurrentDictionary<nint, nint> Wrapped = [];
    private static readonly Lazy<nint> Below = new(Register);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Image> _images = [];
    private readonly string _folder;
    private long _syncs;

    private Disk(string folder) => _folder = folder;

    /// <summary>Bytes that all files together may have; a write beyond is refused as on a full disk.</summary>
    public long Room { get; set; } = long.MaxValue;

    public long Syncs => Interlocked.Read(ref _syncs);

    /// <summary>Bytes of all files.</summary>
    public long Size
    {
        get
        {
            lock (_lock)
            {
                return _images.Values.Sum(image => image.Length);
            }
        }
    }

    /// <summary>From here on, files in the folder that are opened with <see cref="VfsName"/> are on this disk.</summary>
    public static Disk Under(string folder)
    {
        _ = Below.Value;
        return Disks[folder] = new Disk(folder);
    }

    public void Forget() => Disks.TryRemove(_folder, out _);

    /// <summary>
    /// Writes into another folder what is left when the power goes now: all that was synced, and of what was written since, sector by sector,
    /// what chance leaves.
    /// </summary>
    /// <param name="folder">Where to.</param>
    /// <param name="random">Chance.</param>
    /// <param name="share">Of unsynced sectors, the share that reached the disk, from 0 to 1.</param>
    public void CutPower(string folder, Random random, double share)
    {
        lock (_lock)
        {
            foreach (var (path, image) in _images)
            {
                if (image.Left(random, share) is { } left)
                {
                    File.WriteAllBytes(Path.Combine(folder, Path.GetFileName(path)), left);
                }
            }
        }
    }

    private static nint Register()
    {
        var below = FindVfs(0);
        var own = (byte*)NativeMemory.AllocZeroed(VfsBytes);
        Buffer.MemoryCopy((void*)below, own, VfsBytes, VfsBytes);
        *(nint*)(own + VfsNext) = 0;
        *(nint*)(own + VfsNameAt) = Marshal.StringToCoTaskMemUTF8(VfsName);
        *(nint*)(own + VfsOpen) = (nint)(delegate* unmanaged[Cdecl]<nint, byte*, nint, int, int*, int>)&Open;
        *(nint*)(own + VfsDelete) = (nint)(delegate* unmanaged[Cdecl]<nint, byte*, int, int>)&Delete;
        return RegisterVfs((nint)own, 0) == Ok ? below : throw new InvalidOperationException("The engine took no VFS.");
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Open(nint vfs, byte* name, nint file, int flags, int* flagsOut)
    {
        var open = (delegate* unmanaged[Cdecl]<nint, byte*, nint, int, int*, int>)(*(nint*)(Below.Value + VfsOpen));
        var result = open(Below.Value, name, file, flags, flagsOut);
        var methods = *(nint*)file;
        var path = Marshal.PtrToStringUTF8((nint)name);
        if (result == Ok && methods != 0 && path is not null && Disks.TryGetValue(Path.GetDirectoryName(path) ?? "", out var disk))
        {
            Handles[file] = new Handle(disk, disk.ImageOf(path), methods);
            *(nint*)file = Wrapped.GetOrAdd(methods, Wrap);
        }

        return result;
    }

    // Taken for durable at once: what comes back of a deleted log is a log that was copied into the database before.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Delete(nint vfs, byte* name, int syncFolder)
    {
        var path = Marshal.PtrToStringUTF8((nint)name) ?? "";
        var result = ((delegate* unmanaged[Cdecl]<nint, byte*, int, int>)(*(nint*)(Below.Value + VfsDelete)))(Below.Value, name, syncFolder);
        if (Disks.TryGetValue(Path.GetDirectoryName(path) ?? "", out var disk))
        {
            lock (disk._lock)
            {
                disk._images.Remove(path);
            }
        }

        return result;
    }

    private static nint Wrap(nint methods)
    {
        var own = (byte*)NativeMemory.AllocZeroed(MethodsBytes);
        Buffer.MemoryCopy((void*)methods, own, MethodsBytes, MethodsBytes);
        *(nint*)(own + MethodsClose) = (nint)(delegate* unmanaged[Cdecl]<nint, int>)&Close;
        *(nint*)(own + MethodsWrite) = (nint)(delegate* unmanaged[Cdecl]<nint, byte*, int, long, int>)&Write;
        *(nint*)(own + MethodsTruncate) = (nint)(delegate* unmanaged[Cdecl]<nint, long, int>)&Truncate;
        *(nint*)(own + MethodsSync) = (nint)(delegate* unmanaged[Cdecl]<nint, int, int>)&Sync;
        return (nint)own;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(nint file)
    {
        Handles.TryRemove(file, out var handle);
        return ((delegate* unmanaged[Cdecl]<nint, int>)(*(nint*)(handle!.Methods + MethodsClose)))(file);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(nint file, byte* bytes, int count, long offset)
    {
        var handle = Handles[file];
        lock (handle.Disk._lock)
        {
            var growth = offset + count - handle.Image.Length;
            if (growth > 0 && handle.Disk.Size + growth > handle.Disk.Room)
            {
                return Full;
            }

            var result = ((delegate* unmanaged[Cdecl]<nint, byte*, int, long, int>)(*(nint*)(handle.Methods + MethodsWrite)))(file, bytes, count, offset);
            if (result == Ok)
            {
                handle.Image.Write(new ReadOnlySpan<byte>(bytes, count), offset);
            }

            return result;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Truncate(nint file, long length)
    {
        var handle = Handles[file];
        lock (handle.Disk._lock)
        {
            var result = ((delegate* unmanaged[Cdecl]<nint, long, int>)(*(nint*)(handle.Methods + MethodsTruncate)))(file, length);
            if (result == Ok)
            {
                handle.Image.Truncate(length);
            }

            return result;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sync(nint file, int flags)
    {
        // The real sync is spared: what counts is that the engine asked for it.
        var handle = Handles[file];
        Interlocked.Increment(ref handle.Disk._syncs);
        lock (handle.Disk._lock)
        {
            handle.Image.Sync();
        }

        return Ok;
    }

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_vfs_find", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern nint FindVfs(nint name);

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_vfs_register", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int RegisterVfs(nint vfs, int makeDefault);

    private Image ImageOf(string path)
    {
        lock (_lock)
        {
            return _images.TryGetValue(path, out var image) ? image : _images[path] = new Image(path);
        }
    }

    private sealed record Handle(Disk Disk, Image Image, nint Methods);

    /// <summary>What of a file is on the disk, and what was written since.</summary>
    private sealed class Image
    {
        private readonly List<(long Offset, byte[]? Bytes)> _unsynced = [];
        private byte[] _synced;
        private long _syncedLength;
        private bool _isOnDisk;

        // What is there before the first write, others put there.
        public Image(string path)
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            _synced = new byte[stream.Length];
            stream.ReadExactly(_synced);
            Length = _syncedLength = _synced.Length;
            _isOnDisk = Length > 0;
        }

        /// <summary>As the engine sees it.</summary>
        public long Length { get; private set; }

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            _unsynced.Add((offset, bytes.ToArray()));
            Length = Math.Max(Length, offset + bytes.Length);
        }

        public void Truncate(long length)
        {
            _unsynced.Add((length, null));
            Length = length;
        }

        public void Sync()
        {
            foreach (var (offset, bytes) in _unsynced)
            {
                Apply(ref _synced, ref _syncedLength, offset, bytes);
            }

            _unsynced.Clear();
            _isOnDisk = true;
        }

        /// <summary>Null for a file of which nothing remains.</summary>
        public byte[]? Left(Random random, double share)
        {
            var (left, length) = (_synced.ToArray(), _syncedLength);
            var isThere = _isOnDisk;
            foreach (var (offset, bytes) in _unsynced)
            {
                if (bytes is null)
                {
                    if (random.NextDouble() < share)
                    {
                        Apply(ref left, ref length, offset, null);
                    }

                    continue;
                }

                for (var at = 0; at < bytes.Length;)
                {
                    // A sector reaches the disk whole or not at all; a write of several may be torn between them.
                    var count = (int)Math.Min(Sector - ((offset + at) % Sector), bytes.Length - at);
                    if (random.NextDouble() < share)
                    {
                        Apply(ref left, ref length, offset + at, bytes[at..(at + count)]);
                        isThere = true;
                    }

                    at += count;
                }
            }

            return isThere ? left[..(int)length] : null;
        }

        private static void Apply(ref byte[] content, ref long length, long offset, byte[]? bytes)
        {
            if (bytes is null)
            {
                if (offset < length)
                {
                    Array.Clear(content, (int)offset, (int)(length - offset));
                }

                length = offset;
            }
            else
            {
                length = Math.Max(length, offset + bytes.Length);
            }

            if (content.Length < length)
            {
                Array.Resize(ref content, (int)Math.Max(length, content.Length * 2L));
            }

            bytes?.CopyTo(content, offset);
        }
    }
}

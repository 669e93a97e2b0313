namespace KpiApi.Access;

/// <summary>What a credential may do in its organisation.</summary>
internal enum Role
{
    Reader,
    Writer,
    Manager,
    Admin,
}

/// <summary>What an endpoint asks for. The table of roles is <see cref="Permissions.Of"/>.</summary>
internal enum Permission
{
    /// <summary>Facts, ledger entries, history, limits, the catalogue, codes and names.</summary>
    Read,

    /// <summary>Computed figures and feeds.</summary>
    ReadFigures,

    /// <summary>Facts and ledger entries in.</summary>
    Post,

    /// <summary>Projects, KPIs, activities, reviews.</summary>
    Manage,

    /// <summary>Keys and the organisation.</summary>
    Administer,
}

internal static class Permissions
{
    public static bool Allows(this Role role, Permission permission) => Of(permission).Contains(role);

    public static IReadOnlyList<Role> Of(Permission permission) => permission switch
    {
        Permission.Read => [Role.Reader, Role.Writer, Role.Manager, Role.Admin],
        Permission.ReadFigures => [Role.Reader, Role.Manager, Role.Admin],
        Permission.Post => [Role.Writer, Role.Manager, Role.Admin],
        Permission.Manage => [Role.Manager, Role.Admin],
        _ => [Role.Admin],
    };
}

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
    Read,
    ReadFigures,
    Post,
    Manage,
    Administer,
}

internal static class Permissions
{
    /// <summary>The role as it is written in requests, answers and documents.</summary>
    public static string Word(this Role role) => role.ToString().ToLowerInvariant();

    /// <summary>What a permission is for, in the words of the documents.</summary>
    public static string Text(this Permission permission) => permission switch
    {
        Permission.Read => "read facts, ledger entries, history, limits, the catalogue, codes and names",
        Permission.ReadFigures => "read computed figures, feeds and the organisation",
        Permission.Post => "post and delete facts and ledger entries",
        Permission.Manage => "manage projects, KPIs, activities and reviews",
        _ => "manage keys, and change the organisation",
    };

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

using System.Data;
using System.Globalization;
using Dapper;

namespace KpiApi.Storage;

/// <summary>
/// Reads figures as doubles whatever the engine hands out: SQLite gives an integer for a computed 0, and Dapper would
/// otherwise expect every row to have the type of the first.
/// </summary>
internal sealed class FigureHandler : SqlMapper.TypeHandler<double>
{
    public static void Register()
    {
        SqlMapper.RemoveTypeMap(typeof(double));
        SqlMapper.RemoveTypeMap(typeof(double?));
        SqlMapper.AddTypeHandler(new FigureHandler());
    }

    public override double Parse(object value) => Convert.ToDouble(value, CultureInfo.InvariantCulture);

    public override void SetValue(IDbDataParameter parameter, double value)
    {
        parameter.DbType = DbType.Double;
        parameter.Value = value;
    }
}

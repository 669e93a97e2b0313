using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using KpiApi.Storage;

namespace KpiApi.Http;

/// <summary>
/// Checks a body against the annotations of its type, which also feed the OpenAPI document: one statement of every limit.
/// Faults are 422 with JSON pointers.
/// </summary>
internal static class Annotations
{
    public static Errors Check(object body)
    {
        var errors = new Errors();
        Check(body, "", errors);
        return errors;
    }

    private static void Check(object value, string pointer, Errors errors)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(value, new ValidationContext(value), results, validateAllProperties: true);
        foreach (var result in results)
        {
            foreach (var member in result.MemberNames)
            {
                errors.Add($"{pointer}/{JsonNamingPolicy.CamelCase.ConvertName(member)}", result.ErrorMessage!);
            }
        }

        foreach (var property in value.GetType().GetProperties().Where(property => property.GetIndexParameters().Length == 0))
        {
            var path = $"{pointer}/{JsonNamingPolicy.CamelCase.ConvertName(property.Name)}";
            switch (property.GetValue(value))
            {
                case null or string:
                    break;
                case IEnumerable items:
                    var index = 0;
                    foreach (var item in items)
                    {
                        if (item is not null && IsBody(item.GetType()))
                        {
                            Check(item, $"{path}/{index}", errors);
                        }

                        index++;
                    }

                    break;
                case { } inner when IsBody(inner.GetType()):
                    Check(inner, path, errors);
                    break;
            }
        }
    }

    private static bool IsBody(Type type) => type.Namespace?.StartsWith(nameof(KpiApi), StringComparison.Ordinal) == true && type.IsClass;
}

/// <summary>The member must be there, and be more than white space.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NeededAttribute : RequiredAttribute
{
    public NeededAttribute() => ErrorMessage = "is required.";

    // NaN stands for a number that was left out.
    public override bool IsValid(object? value) => value is double number ? !double.IsNaN(number) : base.IsValid(value);
}

/// <summary>A code: <c>[a-z0-9][a-z0-9-]{0,63}</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class CodeAttribute : RegularExpressionAttribute
{
    public const string Form = "^[a-z0-9][a-z0-9-]{0,63}$";

    public CodeAttribute()
        : base(Form) => ErrorMessage = "must be a code: lower-case letters, digits and hyphens, at most 64, starting with a letter or digit.";
}

/// <summary>A text of at most so many characters.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TextAttribute : StringLengthAttribute
{
    public TextAttribute(int most)
        : base(most) => ErrorMessage = $"must have at most {most} characters.";
}

/// <summary>A number between two limits, both included.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class BetweenAttribute : RangeAttribute
{
    public BetweenAttribute(double least, double most)
        : base(least, most) => ErrorMessage = $"must be from {least.ToString(System.Globalization.CultureInfo.InvariantCulture)} to {most.ToString(System.Globalization.CultureInfo.InvariantCulture)}.";

    public BetweenAttribute(int least, int most)
        : base(least, most) => ErrorMessage = $"must be from {least} to {most}.";

    public override bool IsValid(object? value) => value is double number && double.IsNaN(number) || base.IsValid(value);
}

/// <summary>One of a closed list of words.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal class OneOfAttribute(params string[] words) : ValidationAttribute("must be one of: " + string.Join(", ", words) + ".")
{
    public IReadOnlyList<string> Words => words;

    public override bool IsValid(object? value) => value is null || (value is string word && words.Contains(word, StringComparer.Ordinal));
}

/// <summary>A day of the calendar as YYYY-MM-DD.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DayAttribute() : DataTypeAttribute(DataType.Date)
{
    public override bool IsValid(object? value) => value is null || (value is string text && Days.TryParse(text, out var date) && Days.InCalendar(date));

    public override string FormatErrorMessage(string name) => $"must be a day as YYYY-MM-DD, from {Days.First:yyyy-MM-dd} to {Days.Last:yyyy-MM-dd}.";
}

/// <summary>Three capital letters (ISO 4217).</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class CurrencyAttribute : RegularExpressionAttribute
{
    public CurrencyAttribute()
        : base("^[A-Z]{3}$") => ErrorMessage = "must be a currency of three capital letters, such as EUR.";
}

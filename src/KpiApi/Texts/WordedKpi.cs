using KpiApi.Storage;

namespace KpiApi.Texts;

/// <summary>What sentences about a project KPI need, by the columns of ProjectKpis and ProjectKpiPeriods. Rows that are read for people build on it.</summary>
internal abstract record WordedKpi
{
    public string? NameFr { get; init; }

    public string? NameEn { get; init; }

    public string Unit { get; init; } = "";

    public string Aggregation { get; init; } = "";

    public double? TargetValue { get; init; }

    public int? TargetAlreadyMet { get; init; }

    public int IsDeclared { get; init; }

    public int CoverageDays { get; init; }

    public double? SmallestDetectableChange { get; init; }

    public int? Detectable { get; init; }

    public int BaselineFirstDay { get; init; }

    public int BaselineLastDay { get; init; }

    public int EvaluationFirstDay { get; init; }

    public int EvaluationLastDay { get; init; }

    public double? TargetChange { get; init; }

    public double? MonthlyVolume { get; init; }

    public string? VolumeLabel { get; init; }

    /// <summary>Null where it cannot be said.</summary>
    public bool? IsDetectable => Detectable is { } flag ? flag == 1 : null;

    public NamedKpi Named(Language language, string currency) => new(language.Pick(NameFr, NameEn), Unit, currency, TargetValue);

    public string? Detectability(Sentences sentences, NamedKpi named) =>
        sentences.Detectability(named, TargetAlreadyMet == 1, IsDetectable, TargetChange, SmallestDetectableChange, MonthlyVolume, VolumeLabel, CoverageDays);

    public string? Evidence(Sentences sentences, NamedKpi named, string? evidence, double? change, double? changeLow, double? changeHigh) => sentences.Evidence(
        evidence,
        named,
        Aggregation,
        IsDeclared == 1,
        new ComparedPeriods(Days.Date(BaselineFirstDay), Days.Date(BaselineLastDay), Days.Date(EvaluationFirstDay), Days.Date(EvaluationLastDay)),
        change,
        changeLow,
        changeHigh);
}

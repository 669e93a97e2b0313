-- The six priority KPIs of the method, and the templates.
INSERT INTO CatalogKpi (Code, Position, NameFr, NameEn, Domain, Unit, Direction, Aggregation, NumeratorLabel, DenominatorLabel, ThresholdKind, ThresholdValue) VALUES
    (N'cost-per-lead', 1, N'Coût par prospect', N'Cost per lead', N'acquisition', N'currency', N'decrease', N'ratio', N'spend', N'leads', N'relative', -0.10),
    (N'quote-to-order-rate', 2, N'Taux de transformation des devis', N'Quote-to-order rate', N'conversion', N'percent', N'increase', N'ratio', N'orders', N'quotes', N'points', 0.05),
    (N'session-duration', 3, N'Durée moyenne des sessions', N'Session duration', N'engagement', N'seconds', N'increase', N'ratio', N'total seconds', N'sessions', N'relative', 0.20),
    (N'average-order-value', 4, N'Panier moyen', N'Average order value', N'e-commerce', N'currency', N'increase', N'ratio', N'revenue', N'orders', N'relative', 0.08),
    (N'processing-time', 5, N'Temps de traitement', N'Processing time', N'productivity', N'minutes', N'decrease', N'ratio', N'total minutes', N'cases', N'relative', -0.15),
    (N'project-roi', 6, N'ROI du projet', N'Project ROI', N'finance', N'ratio', N'increase', N'ledger', N'gain', N'cost', N'absolute', 1.5);

INSERT INTO Template (Code, Position, NameFr, NameEn) VALUES
    (N'site-redesign', 1, N'Refonte de site', N'Site redesign'),
    (N'crm-rollout', 2, N'Déploiement d''un CRM', N'CRM roll-out'),
    (N'sea-campaign', 3, N'Campagne de référencement payant', N'Search advertising campaign'),
    (N'online-payment', 4, N'Paiement en ligne', N'Online payment');

INSERT INTO TemplateKpi (TemplateCode, KpiCode, Position, PurposeFr, PurposeEn, WhyFr, WhyEn) VALUES
    (N'site-redesign', N'session-duration', 1, N'Retenir les visiteurs du nouveau site', N'Keep the visitors of the new site engaged', N'Une refonte se voit d''abord dans l''engagement.', N'A redesign shows first in engagement.'),
    (N'site-redesign', N'quote-to-order-rate', 2, N'Transformer davantage de devis demandés sur le site', N'Turn more quotes asked for on the site into orders', N'L''engagement ne vaut que s''il se transforme en commandes.', N'Engagement only counts when it becomes orders.'),
    (N'site-redesign', N'project-roi', 3, N'Rentabiliser la refonte', N'Make the redesign pay for itself', N'Le comité décide sur le retour, pas sur les visites.', N'A committee decides on the return, not on visits.'),
    (N'crm-rollout', N'quote-to-order-rate', 1, N'Mieux suivre les devis pour en signer davantage', N'Follow quotes up better and win more of them', N'Le suivi des devis est la première promesse d''un CRM.', N'Following up quotes is what a CRM promises first.'),
    (N'crm-rollout', N'processing-time', 2, N'Traiter les demandes plus vite', N'Handle requests faster', N'Le temps gagné est le gain le plus sûr d''un CRM.', N'Time saved is the surest gain of a CRM.'),
    (N'crm-rollout', N'project-roi', 3, N'Rentabiliser le CRM', N'Make the CRM pay for itself', N'Licences et intégration doivent être couvertes par des gains.', N'Licences and integration must be covered by gains.'),
    (N'sea-campaign', N'cost-per-lead', 1, N'Acquérir des prospects à moindre coût', N'Win leads at a lower cost', N'La campagne achète des prospects : leur prix est son rendement.', N'The campaign buys leads: their price is its yield.'),
    (N'sea-campaign', N'quote-to-order-rate', 2, N'Attirer des prospects qui achètent', N'Attract leads that buy', N'Des prospects bon marché qui n''achètent pas coûtent cher.', N'Cheap leads that do not buy are expensive.'),
    (N'sea-campaign', N'project-roi', 3, N'Rentabiliser la campagne', N'Make the campaign pay for itself', N'La dépense est connue au centime : son retour doit l''être aussi.', N'The spend is known to the cent, so must be its return.'),
    (N'online-payment', N'average-order-value', 1, N'Vendre plus par commande', N'Sell more per order', N'Un paiement simple fait grandir le panier.', N'Simple payment makes baskets grow.'),
    (N'online-payment', N'processing-time', 2, N'Libérer le temps passé sur les règlements', N'Free the time spent on settling invoices', N'Ce qui est payé en ligne n''est plus à relancer.', N'What is paid online needs no reminder.'),
    (N'online-payment', N'project-roi', 3, N'Rentabiliser le paiement en ligne', N'Make online payment pay for itself', N'Le module et ses commissions doivent être couverts.', N'The module and its fees must be covered.');

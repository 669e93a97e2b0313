-- The six priority KPIs of the method, and the templates.
INSERT INTO CatalogKpi (Code, Position, NameFr, NameEn, Domain, Unit, Direction, Aggregation, NumeratorLabel, DenominatorLabel, ThresholdKind, ThresholdValue) VALUES
    ('cost-per-lead', 1, 'Coût par prospect', 'Cost per lead', 'acquisition', 'currency', 'decrease', 'ratio', 'spend', 'leads', 'relative', -0.10),
    ('quote-to-order-rate', 2, 'Taux de transformation des devis', 'Quote-to-order rate', 'conversion', 'percent', 'increase', 'ratio', 'orders', 'quotes', 'points', 0.05),
    ('session-duration', 3, 'Durée moyenne des sessions', 'Session duration', 'engagement', 'seconds', 'increase', 'ratio', 'total seconds', 'sessions', 'relative', 0.20),
    ('average-order-value', 4, 'Panier moyen', 'Average order value', 'e-commerce', 'currency', 'increase', 'ratio', 'revenue', 'orders', 'relative', 0.08),
    ('processing-time', 5, 'Temps de traitement', 'Processing time', 'productivity', 'minutes', 'decrease', 'ratio', 'total minutes', 'cases', 'relative', -0.15),
    ('project-roi', 6, 'ROI du projet', 'Project ROI', 'finance', 'ratio', 'increase', 'ledger', 'gain', 'cost', 'absolute', 1.5);

INSERT INTO Template (Code, Position, NameFr, NameEn) VALUES
    ('site-redesign', 1, 'Refonte de site', 'Site redesign'),
    ('crm-rollout', 2, 'Déploiement d''un CRM', 'CRM roll-out'),
    ('sea-campaign', 3, 'Campagne de référencement payant', 'Search advertising campaign'),
    ('online-payment', 4, 'Paiement en ligne', 'Online payment');

INSERT INTO TemplateKpi (TemplateCode, KpiCode, Position, PurposeFr, PurposeEn, WhyFr, WhyEn) VALUES
    ('site-redesign', 'session-duration', 1, 'Retenir les visiteurs du nouveau site', 'Keep the visitors of the new site engaged', 'Une refonte se voit d''abord dans l''engagement.', 'A redesign shows first in engagement.'),
    ('site-redesign', 'quote-to-order-rate', 2, 'Transformer davantage de devis demandés sur le site', 'Turn more quotes asked for on the site into orders', 'L''engagement ne vaut que s''il se transforme en commandes.', 'Engagement only counts when it becomes orders.'),
    ('site-redesign', 'project-roi', 3, 'Rentabiliser la refonte', 'Make the redesign pay for itself', 'Le comité décide sur le retour, pas sur les visites.', 'A committee decides on the return, not on visits.'),
    ('crm-rollout', 'quote-to-order-rate', 1, 'Mieux suivre les devis pour en signer davantage', 'Follow quotes up better and win more of them', 'Le suivi des devis est la première promesse d''un CRM.', 'Following up quotes is what a CRM promises first.'),
    ('crm-rollout', 'processing-time', 2, 'Traiter les demandes plus vite', 'Handle requests faster', 'Le temps gagné est le gain le plus sûr d''un CRM.', 'Time saved is the surest gain of a CRM.'),
    ('crm-rollout', 'project-roi', 3, 'Rentabiliser le CRM', 'Make the CRM pay for itself', 'Licences et intégration doivent être couvertes par des gains.', 'Licences and integration must be covered by gains.'),
    ('sea-campaign', 'cost-per-lead', 1, 'Acquérir des prospects à moindre coût', 'Win leads at a lower cost', 'La campagne achète des prospects : leur prix est son rendement.', 'The campaign buys leads: their price is its yield.'),
    ('sea-campaign', 'quote-to-order-rate', 2, 'Attirer des prospects qui achètent', 'Attract leads that buy', 'Des prospects bon marché qui n''achètent pas coûtent cher.', 'Cheap leads that do not buy are expensive.'),
    ('sea-campaign', 'project-roi', 3, 'Rentabiliser la campagne', 'Make the campaign pay for itself', 'La dépense est connue au centime : son retour doit l''être aussi.', 'The spend is known to the cent, so must be its return.'),
    ('online-payment', 'average-order-value', 1, 'Vendre plus par commande', 'Sell more per order', 'Un paiement simple fait grandir le panier.', 'Simple payment makes baskets grow.'),
    ('online-payment', 'processing-time', 2, 'Libérer le temps passé sur les règlements', 'Free the time spent on settling invoices', 'Ce qui est payé en ligne n''est plus à relancer.', 'What is paid online needs no reminder.'),
    ('online-payment', 'project-roi', 3, 'Rentabiliser le paiement en ligne', 'Make online payment pay for itself', 'Le module et ses commissions doivent être couverts.', 'The module and its fees must be covered.');

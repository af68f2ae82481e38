"""The tables and columns that the NetSuite models in wide use (dbt's) read: all must be in the catalogue."""

DBT_COLUMNS: dict[str, str] = {
    "account": (
        "accountsearchdisplaynamecopy acctnumber accttype cashflowrate class currency "
        "deferralacct department description eliminate externalid fullname generalrate id "
        "includechildren isinactive issummary location parent sspecacct"
    ),
    "accountingbook": (
        "basebook contingentrevenuehandling effectiveperiod id isadjustmentonly isconsolidated "
        "isprimary name twosteprevenueallocation"
    ),
    "accountingbooksubsidiaries": "accountingbook status subsidiary",
    "accountingperiod": (
        "alllocked aplocked arlocked closed closedondate enddate id isadjust isposting isquarter "
        "isyear parent periodname startdate"
    ),
    "accountingperiodfiscalcalendars": "accountingperiod fiscalcalendar fullname parent",
    "accounttype": "balancesheet id left longname",
    "classification": "externalid fullname id isinactive name",
    "consolidatedexchangerate": (
        "accountingbook averagerate currentrate fromcurrency fromsubsidiary historicalrate id "
        "postingperiod tocurrency tosubsidiary"
    ),
    "currency": "id name symbol",
    "customer": (
        "altname comments companyname currency datecreated defaultbillingaddress "
        "defaultshippingaddress email entityid externalid firstname firstorderdate id isinactive "
        "isperson lastname parent phone receivablesaccount url"
    ),
    "customersubsidiaryrelationship": "entity id isprimarysub primarycurrency subsidiary",
    "department": "fullname id isinactive name parent subsidiary",
    "employee": (
        "approvallimit currency department email entityid expenselimit firstname id isinactive "
        "lastname purchaseorderapprovallimit purchaseorderlimit subsidiary supervisor"
    ),
    "entity": "contact customer datecreated employee entitytitle id isperson parent project type vendor",
    "entityaddress": "addr1 addr2 addr3 addressee addrtext city country dropdownstate nkey state zip",
    "fiscalcalendar": "externalid fiscalmonth id isdefault name",
    "item": (
        "assetaccount class deferralaccount deferredrevenueaccount department description "
        "expenseaccount fullname gainlossaccount id incomeaccount intercoexpenseaccount "
        "intercoincomeaccount itemtype location parent subsidiary"
    ),
    "job": "customer defaultbillingaddress defaultshippingaddress entityid externalid id parent",
    "location": "fullname id mainaddress name parent subsidiary",
    "locationmainaddress": "addr1 addr2 addr3 addressee addrtext city country dropdownstate nkey state zip",
    "nexus": "country description id state taxagency",
    "subsidiary": (
        "country currency email fiscalcalendar fullname id iselimination mainaddress name parent state"
    ),
    "transaction": (
        "closedate createddate currency duedate entity id intercoadj isreversal memo nexus "
        "posting postingperiod reversal reversaldate reversaldefer status taxdetailsoverride "
        "taxpointdate taxpointdateoverride taxregoverride trandate transactionnumber type"
    ),
    "transactionaccountingline": (
        "account accountingbook amount amountlinked amountpaid amountunpaid credit debit "
        "exchangerate netamount posting transaction transactionline"
    ),
    "transactionline": (
        "class cleared commitmentfirm department eliminate entity id isbillable isclosed iscogs "
        "item linesequencenumber location mainline memo netamount subsidiary taxline transaction"
    ),
    "vendor": "altname category companyname datecreated entityid id",
    "vendorcategory": "id name",
    "vendorsubsidiaryrelationship": "entity id isprimarysub primarycurrency subsidiary",
}

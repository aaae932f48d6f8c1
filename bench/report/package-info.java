/// Results as one HTML file that needs nothing else: what `report@catalog` draws.
///
/// This file is the index of the folder: what it needs, what it consists of.
package bench.report;

//DEPS org.webjars.npm:chart.js:4.5.1

//SOURCES ChangePoints.java
//SOURCES Ladder.java
//SOURCES Percentiles.java
//SOURCES ReportData.java
//SOURCES ReportPage.java
//SOURCES Runs.java

//FILES bench/report/report.css=report.css
//FILES bench/report/report.html=report.html
//FILES bench/report/report.js=report.js
